// An AWS Lambda behind an HTTP API, called as the API gateway calls it: what wecomClient takes for an app.
export function injectLambda (handler) {
  return {
    async inject ({ method, url, headers, payload }) {
      const [rawPath, rawQueryString = ''] = url.split('?')
      const { statusCode, headers: answered, body = '', isBase64Encoded } = await handler({
        version: '2.0',
        rawPath,
        rawQueryString,
        queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
        headers,
        requestContext: { http: { method, path: rawPath } },
        body: payload === undefined ? undefined : Buffer.from(payload).toString('base64'),
        isBase64Encoded: payload !== undefined
      }, {})
      return { statusCode, headers: answered, rawPayload: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }
    }
  }
}

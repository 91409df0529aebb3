export { wecomClient, type VerifyReply, type WecomClient } from './client.js'
export type { ClientOptions, ClientSettings, SendOptions, Target } from './client-options.js'
export { withClock, type FakeClock } from './clock.js'
export { newCredentials, type TestCredentials } from './credentials.js'
export type { SealedRequest } from './engine.js'
export { fakeModel } from './fake-model/index.js'
export type {
  FakeAnswer, FakeModel, FakeModelFault, FakeModelMessage, FakeModelOptions, FakeModelRequest
} from './fake-model/types.js'
export {
  fakeMedia, MEDIA_FAULTS, type FakeMedia, type FakeMediaFileOptions, type FakeMediaOptions, type MediaFaultName
} from './fake-media.js'
export {
  fakeRespond,
  RESPOND_FAULTS,
  type FakeRespond,
  type FakeRespondOptions,
  type FakeResponseUrlOptions,
  type PostedResponse,
  type RespondFault
} from './fake-respond.js'
export {
  FAKE_API_FAULTS, fakeApi, type FakeApi, type FakeApiCall, type FakeApiFault, type FakeApiOptions
} from './fake-api/index.js'
export type { Injectable, InjectRequest, InjectResponse } from './inject-transport.js'
export type { ReplyMessage } from './reply-message.js'
export type { ReplyProblem, WecomReply } from './reply.js'
export { sample, sampleKeys, type SampleOverrides } from './samples.js'
export { sealMedia } from './seal-media.js'
export {
  SIMULATED_FAULTS,
  simulateWecom,
  type SimulatedAttempt,
  type AttemptOutcome,
  type Delivery,
  type SimulatedFault,
  type Simulator,
  type SimulatorOptions,
  type Transcript
} from './simulator/index.js'
export type { FollowedStream, FollowOptions, StreamFrame } from './stream/types.js'
export { TransportFault, type TransportFaultCode } from './transport.js'
export type { SignedQuery } from './wire.js'

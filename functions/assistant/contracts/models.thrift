// The model services over Thrift: binary protocol, framed transport. Faults have gRPC's codes
// (docs/assistant-models.md).
//
// Thrift has no streams. A `_begin` gives the first pieces and the number of a stream; `_next` gives
// more of it, on the same connection, until `done`. Closing the connection ends it early.

namespace py recado.models

// What every call carries.
struct Call {
  1: required i32 contract
  2: required i32 deadline_ms  // milliseconds the caller still waits
}

struct Transcript {
  1: required string text
  2: required string language
  3: optional double confidence  // 0 to 1
}

struct Prompt {
  1: required string question
  2: required string language
  3: required list<string> facts
  4: required list<string> history
}

struct TextPieces {
  1: required i64 stream
  2: required list<string> pieces
  3: required bool done
}

struct AudioPieces {
  1: required i64 stream
  2: required list<binary> pieces
  3: required bool done
}

struct Health {
  1: required string model
  2: required string engine
  3: required i32 contract
  4: required i32 busy
  5: required i32 waiting
}

exception Refused {
  1: required i32 code
  2: required string message
}

service SpeechToText {
  Transcript transcribe(1: Call call, 2: binary audio, 3: string language) throws (1: Refused refused)
  Health health(1: Call call) throws (1: Refused refused)
}

service LanguageModel {
  string complete(1: Call call, 2: Prompt prompt) throws (1: Refused refused)
  TextPieces complete_begin(1: Call call, 2: Prompt prompt) throws (1: Refused refused)
  TextPieces complete_next(1: Call call, 2: i64 stream) throws (1: Refused refused)
  Health health(1: Call call) throws (1: Refused refused)
}

service TextToSpeech {
  binary speak(1: Call call, 2: string text, 3: string language) throws (1: Refused refused)
  AudioPieces speak_begin(1: Call call, 2: string text, 3: string language) throws (1: Refused refused)
  AudioPieces speak_next(1: Call call, 2: i64 stream) throws (1: Refused refused)
  Health health(1: Call call) throws (1: Refused refused)
}

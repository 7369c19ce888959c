"""Maestro, the voice assistant: speech to text, a language model and speech, as one turn of a chat.

Woken by API Gateway (`api`), and as a server of its own where speech is streamed. Emits
`AssistantTurn`. Stores turns. The three models are services of their own, reached over REST, gRPC
or Thrift (`gateway`) as `contracts` says; what the rest of the code knows of them is
`domain.ports`.
"""

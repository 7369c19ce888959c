"""The customer-service bot: understands a message, answers or asks, and knows when to hand over.

Woken by API Gateway, over REST and WebSocket. Emits `ChatMessage`, `HandoffRequested` and
`ChatEnded` to the bus. Stores conversations, and the flows that staff edit.
"""

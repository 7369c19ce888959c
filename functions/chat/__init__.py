"""The customer-service bot: understands a message, answers or asks, and knows when to hand over.

Woken by API Gateway (`api`), the desk's facts (`events`), codes to mail (`mailer`) and every minute
(`schedule`). Emits `HandoffRequested`, `ChatMessage`, `CallBackChosen`, `HandoffWithdrawn` and
`ChatEnded`. Stores conversations with their lines. What customers can do is `talking`: another
adapter goes over the same, and learns of new lines as one of `telling.Watchers`.
"""

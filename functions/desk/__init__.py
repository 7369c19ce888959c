"""The human service desk: gives each request to one attendant and takes it back when they are gone.

Woken by chat's facts from the bus (`events`), by attendants and admins (`api`), and every minute
(`schedule`, the supervisor). Emits TicketQueued, TicketRefused, TicketAssigned, TicketRequeued,
AttendantReplied and TicketClosed; stores the open desk and the papers of each ticket. The policy in
`desk.domain` is the one that `infra/desk_simulator` runs.
"""

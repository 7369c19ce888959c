"""The human service desk: gives each request to one attendant and takes it back when they are gone.

To be woken by the bus (requests handed over by the bot), by attendants (REST, WebSocket) and by a
schedule (the supervisor's sweep); to emit TicketAssigned and TicketClosed; to store tickets,
attendants and servers. So far there is the policy alone (`desk.domain`), which the simulator in
`infra/desk_simulator` runs unchanged.
"""

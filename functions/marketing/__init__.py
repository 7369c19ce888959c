"""From conversations to offers: what chats reveal, staff's rules over it, offers as campaigns.

Woken by the bus (`events`: chats that ended, tickets, refused campaigns), every five minutes
(`schedule`: decides, asks for campaigns, moves journeys on, settles) and API Gateway (`api`: rules
of staff, decisions, results). Emits `CampaignAsked`, `OfferScheduled` and `OfferSettled`. Stores
interests, open tickets, decisions, offers with their journeys, and results.
"""

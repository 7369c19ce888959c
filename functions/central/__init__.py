"""The admin API: customers, invoices, templates, campaigns, reports and tokens.

Woken by API Gateway (`api`, staff and the command line) and by the import queue (`imports`: S3 says
that a file has arrived). Puts `PlanCampaign` and `ControlCampaign` on the plan queue and
`CampaignLaunched` and `CustomersImported` on the bus. Stores everything of its own in one table and
the files in the bucket; of a running campaign it only reads the ledger.
"""

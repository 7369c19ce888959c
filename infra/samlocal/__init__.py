"""SAM local: every function of the template, invoked in a container with its sample events.

`python -m samlocal` starts an embedded world of its own in which nothing acts by itself, calls
`sam local invoke` for each function and sample and `sam local start-api` for the REST API, judges
every answer, and asks the SES simulator whether the mail of the samples really left. The containers
run on the Docker Engine that is there, or on one from Debian's packages that lives as long as the
run.
"""

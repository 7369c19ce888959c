"""Operations: the local world around `template.yaml`, and the `recado` command line.

A *world* is a place the template is deployed to: `embedded` (MiniStack and the SES simulator,
started here, no Docker and no account), `localstack` (LocalStack in MiniStack's place) or `aws`.
Worlds differ in endpoints and credentials only, so every command after `deploy` talks to the REST
API the same way in each. Start with `world` (what a world is), `commandline` (what one can ask for)
and `demo` (the whole journey).
"""

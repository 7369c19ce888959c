"""Central's table. Every item has `pk` and `sk`; what is listed also `listing_pk`, `listing_sk`.

    customer            CUSTOMER#<id>    PROFILE             CUSTOMERS#<shard>   <id>
    invoice             CUSTOMER#<id>    INVOICE#<id>
    running total       STATS#CUSTOMERS  CUSTOMERS
                        STATS#<group>#<month of the day>  <day>#<kind>
                        STATS#<group>#MONTHS              <month>#<kind>
    import              IMPORT#<id>      IMPORT              IMPORTS             <id>
    its first errors    IMPORT#<id>      ERRORS
    its refused rows    IMPORT#<id>      PART#<offset>
    template            TEMPLATE#<id>    LATEST              TEMPLATES           <id>
    its versions        TEMPLATE#<id>    VERSION#<number>
    campaign            CAMPAIGN#<id>    CAMPAIGN            CAMPAIGNS           <id>
    its launched plan   CAMPAIGN#<id>    PLAN
    the bot's flows     CHAT_FLOWS       LATEST
    their versions      CHAT_FLOWS       VERSION#<number>
    outage              OUTAGE#<id>      OUTAGE              OUTAGES             <id>
    reports by e-mail   REPORTS          MAILING
    those sent          REPORTS          SENT#<first>#<last>#<digest of the address>
    lookup              EMAIL#<address>  <customer id>
                        DOCUMENT#<…>     <customer id>
    token               TOKEN#<id>       TOKEN               TOKENS              <time>#<id>

Keys of customers and invoices are in `recado.directory`, those of lookups in `recado.lookups`, of
flows in `recado.flow_library`, of outages in `recado.outages`, of tokens in `recado.auth`. An
outage is listed until it is ended.
"""

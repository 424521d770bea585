// Diagrams as models write them, and what tests look for in them.
import type { Mark } from "../src/diagram/drawing.ts";

export const measure = (line: string) => line.length * 7.5;
export const texts = (marks: readonly Mark[]) => marks.flatMap((each) => (each.kind === "text" ? [each.lines.join(" ")] : []));

export const FLOW = `flowchart TD
    A[Order placed] --> B{In stock?}
    B -- yes --> C([Reserve items])
    B -->|no| D[[Order from supplier]]
    D -.-> C
    C ==> E[(Orders)]
    subgraph shipping [Shipping]
      E --> F>Print label]
      F --> G((Sent))
    end
    G --> A & H{{Report}}
    classDef warm fill:#f96,stroke:#333
    class A warm
    click A "https://evil.example" _blank`;

export const FLAT = `graph LR; Browser["Browser<br/>widget"] -->|HTTPS| Server(Chatdock) --> DB[("PostgreSQL #quot;main#quot;")]; Server --> Redis; Redis --> Server`;

export const STATES = `stateDiagram-v2
    [*] --> Queued
    Queued --> Running : worker free
    state Running {
      Streaming --> Waiting: tool call
      Waiting --> Streaming
    }
    Running --> Done
    Running --> Failed : error
    Failed --> Queued : retry
    Done --> [*]`;

export const SEQUENCE = `sequenceDiagram
    autonumber
    participant B as Browser
    actor U as User
    participant S as Server
    U->>B: Opens the page
    B->>+S: POST /session
    S-->>-B: client secret
    Note over B,S: the secret stays in memory
    loop every 15 s
      S-)B: heartbeat
    end
    alt connection lost
      B-xS: GET events?after=17
    else fine
      S->>S: folds the events
    end
    S-->>B: answer`;

export const PIE = `pie showData title Where the bytes go
    "Preact" : 7.3
    "Markdown" : 12.1
    "Styles" : 4.6
    "Everything else" : 19`;

export const CLASSES = `classDiagram
    direction TB
    class Vessel {
      <<abstract>>
      +String name
      +int berths
      +isAfloat() bool
      +tow(Vessel other)*
    }
    class Ferry {
      +String deckColor
      +moor()
      +horn() Signal
    }
    class Harbour["The harbour"]
    Vessel <|-- Ferry
    Vessel <|-- Barge
    Loadable <|.. Barge : carries
    <<interface>> Loadable
    Barge : -int lengthInFeet
    Barge : -isFull()
    Harbour "1" *-- "0..*" Vessel : keeps
    Harbour o-- Visitor
    Visitor ..> Ticket : buys
    Basket~Ticket~ --> Ticket
    note for Ferry "has a bar, has a crew"
    style Ferry fill:#f9f`;

export const ENTITIES = `erDiagram
    CUSTOMER ||--o{ ORDER : places
    CUSTOMER {
        string name
        string customer_no PK "never reused"
        string email UK
    }
    ORDER ||--|{ "LINE ITEM" : contains
    ORDER {
        int id PK
        string customer_no FK
        date placed_on
    }
    "LINE ITEM" {
        int order_id PK, FK
        int quantity
    }
    PRODUCT |o..o{ "LINE ITEM" : "is ordered in"
    a[Delivery address]
    CUSTOMER }o--|| a : uses`;

export const GANTT = `gantt
    title Moving the shop
    dateFormat YYYY-MM-DD
    axisFormat %d.%m.
    excludes weekends
    section Plan
    Choose a server      :done, choose, 2026-03-02, 3d
    Write the migration  :active, write, after choose, 5d
    section Move
    Copy the data        :crit, copy, after write, 2d
    Switch over          :crit, milestone, switch, after copy, 0d
    Watch it             :watch, after switch, 1w
    section Afterwards
    Take the old one away :2026-03-30, 2026-04-03`;

export const MINDMAP = `mindmap
  root((Chat on a page))
    Embedding
      Script tag
      React
      ::icon(fa fa-book)
      Iframe
    Server
      Sessions
      [Threads and runs]
      SQLite or<br/>PostgreSQL
    Trust
      {{No HTML strings}}
      Strict policies`;

export const TIMELINE = `timeline
    title How chats came to pages
    section Before 2010
      1996 : ICQ
      1997 : AIM : the first bots on it
    section Since
      2011 : Widgets in the corner of the page
      2022 : Answers from language models
           : streamed word by word
      2026 : Open widgets`;

export const JOURNEY = `journey
    title A day at work
    section Morning
      Open the shop: 5: Ada
      Sort the mail: 3: Ada
      Answer it: 1: Ada, Mara
    section Evening
      Count the till: 5: Ada
      Walk home: 4: Ada, Mara`;

export const GIT = `gitGraph
    commit id: "start"
    commit id: "widget" tag: "v0.1"
    branch develop
    commit id: "sessions"
    commit
    branch "feature/diagrams" order: 3
    commit id: "parser for all kinds"
    commit id: "drawing" type: HIGHLIGHT
    checkout main
    commit id: "hotfix" tag: "v0.1.1"
    switch develop
    cherry-pick id: "hotfix"
    merge feature/diagrams id: "reviewed"
    commit id: "no such idea" type: REVERSE
    checkout main
    merge develop tag: "v1.0" tag: "latest"
    commit`;

export const LOG = `---
title: Releases
---
%%{init: { "gitGraph": { "mainBranchName": "trunk" } } }%%
gitGraph TB:
    commit "first"
    branch release
    commit id: "freeze" tag: "rc.1"
    checkout trunk
    commit id: "go on with what comes after the release"
    merge release id: "back" type: HIGHLIGHT
    commit`;

export const QUADRANT = `quadrantChart
    title What to mend first
    x-axis Seldom asked --> Asked every day
    y-axis Quick work --> "Long work"
    quadrant-1 Plan with care
    quadrant-2 Say no kindly
    quadrant-3 Fill an hour
    quadrant-4 Mend today
    Old invoices: [0.28, 0.62]
    Returns without a parcel: [0.42, 0.21] radius: 9
    Refunds: [0.61, 0.71] color: #ff3300, radius: 12, stroke-color: #10f0f0
    "Hours: holidays": [0.8, 0.3]
    Fax:::old: [0.38, 0.36]
    Two accounts in one: [0.33, 0.8]
    Two accounts: [0.35, 0.77]
    Deliveries: [1.0, 0.98]
    classDef old color: #888, stroke-width: 5px`;

export const XY = `xychart-beta
    title "Questions in a year"
    x-axis [jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec]
    y-axis "Questions (a day's)" 400 --> 1100
    bar [500, 540, 690, 720, 810, 930, 1080, 990, 870, 900, 1010, 1040]
    line "the year before" [450, 510, 600, 760, 780, 860, 900, 940, 910, 840, 880, 960]`;

export const BARS = `---
config:
  xyChart:
    showDataLabel: true
---
xychart horizontal
    title "Tickets, by where they come from"
    x-axis "Door" ["Chat on the page", Telephone, "E-mail, forms and letters"]
    y-axis Tickets
    bar "this year" [120, 84.5, 31]
    bar "last year" [95, 110, -6]`;

export const CURVE = `xychart-beta
    x-axis Year 1998 --> 2022
    line [+2.5, .8, 3, -.75, 640, 1900, 1750]`;

export const CONTEXT = `C4Context
    title The chat and its surroundings
    Person(visitor, "Visitor", "Asks on a page, <br/> or on a phone")
    Person_Ext(partner, "Partner")
    Enterprise_Boundary(shop, "The shop") {
      System(page, "Shop", "Has the chat in its corner")
      System_Boundary(chat, "Chat") {
        System(dock, "Chatdock", "Answers, streams, keeps threads.")
        SystemDb(db, "Store", "Threads, items, runs")
        SystemQueue(tape, "Tape")
      }
    }
    System_Ext(model, "Language model", "Writes the words")
    Rel(visitor, page, "Opens", "HTTPS")
    BiRel(page, dock, "Talks to")
    Rel(dock, db, "Reads and writes", "SQL")
    Rel(dock, tape, "Appends")
    Rel_R(dock, model, "Asks", $techn="HTTPS")
    Rel(partner, page, "Uses")
    UpdateElementStyle(visitor, $fontColor="red", $bgColor="grey")
    UpdateLayoutConfig($c4ShapeInRow="3", $c4BoundaryInRow="1")`;

export const DEPLOY = `C4Deployment
    title Where it runs
    Deployment_Node(pocket, "A visitor's telephone", "Any with a browser"){
        Container(small, "Shop on the phone", "A page of its own", "Shows what there is, one thing at a time.")
    }
    Deployment_Node(desk, "A visitor's computer", "Any operating system"){
        Deployment_Node(window, "A browser", "Of the last two years"){
            Container(bubble, "Bubble", "TypeScript and Preact", "Opens the chat.")
        }
    }
    Deployment_Node(rack, "Our own rack", "Two rooms in the harbour"){
        Deployment_Node(host, "front-*** x3", "Debian 13"){
            Deployment_Node(proxy, "A process", "nginx before it"){
                Container(dock, "Chatdock", "Python and Starlette", "Answers by HTTP.")
            }
        }
        Deployment_Node(cellar, "store-a", "Debian 13"){
            Deployment_Node(first, "The first", "PostgreSQL 17"){
                ContainerDb(db, "Threads", "Tables and indexes", "Keeps what was said.")
            }
        }
        Deployment_Node(attic, "store-b", "Debian 13") {
            Deployment_Node(second, "The second", "PostgreSQL 17") {
                ContainerDb(db2, "Threads", "Tables and indexes", "Keeps it again.")
            }
        }
    }
    Rel(small, dock, "Asks by", "JSON over HTTPS")
    Rel(bubble, dock, "Asks by", "JSON over HTTPS")
    Rel(dock, db, "Writes to and reads from", "SQL")
    Rel(dock, db2, "Writes to and reads from", "SQL")
    Rel_R(db, db2, "Sends its log to")`;

export const REQUIREMENTS = `requirementDiagram
    direction TB
    requirement answers {
    id: 1
    text: Every question is answered within five seconds, day and night.
    risk: high
    verifymethod: test
    }
    functionalRequirement "keeps threads" {
    id: 1.1
    text: threads are there after a restart
    risk: low
    verifymethod: inspection
    }
    element store {
    type: "PostgreSQL"
    docref: docs/deploy.md
    }
    element suite:::checks {
    type: tests
    }
    answers - contains -> keeps threads
    store - satisfies -> "keeps threads"
    keeps threads <- verifies - suite
    classDef checks fill:#f96`;

export const KANBAN = `---
title: This week
config:
  kanban:
    ticketBaseUrl: 'https://desk.example/#TICKET#'
---
kanban
  Next
    [Name the harbour]
    tide[Write about the new diagrams]@{ assigned: 'ada' }
  [On the desk]
    sail[Draw cards so that long texts have room in all cases, and some more]@{ ticket: HP-77, assigned: "Mara", priority: 'Very High' }
  wake[Done]
    knot[Parser]@{ priority: 'Low' }
    buoy[Layout]`;

export const PACKET = `packet-beta
    title A frame of the buoy
    0-15: "From buoy"
    16-31: "To station"
    +32: "Tides counted"
    64-67: "Kind"
    68: "FOG"
    69: "ICE"
    70: "SOS"
    71-79: "Kept free"
    80-111: "Readings (as many as fit)"`;

export const RADAR = `---
title: "Two boats"
---
radar-beta
  axis sp["Speed"], ro["Room"], pr["Price"]
  axis ca["Calm"], ha["Harbours within a day"], lo["Looks"]
  curve heron["Heron"]{82, 64, 91, 73, 58, 95}
  curve gull["Gull"]{ ro: 88, sp: 61, pr: 77, ha: 93, ca: 84, lo: 66 }
  graticule polygon
  max 100
  min 0`;

export const SANKEY = `---
title: Where a year's grain goes
config:
  sankey:
    suffix: "t"
---
sankey-beta

%% from,to,tonnes
Own fields,Granary,340.5
"Neighbours, by cart",Granary,120
Harbour,Granary,85
Harbour,"The ""old"" mill",40

Granary,The new mill,410
Granary,Seed,95.5
Granary,Mice,40
The new mill,Bakeries,300
The new mill,Bran,110
"The ""old"" mill",Bakeries,28
"The ""old"" mill",Bran,12`;

export const TREEMAP = `treemap-beta
title What fills the warehouse
"Ropes and sails"
    "Hemp": 1,240
    "Nylon": 860:::light
    "Sails"
        "Mainsails": 420
        "Jibs, all sizes": 310.5
        "Spinnakers": 45
"Engines":::heavy
    "Outboard": 980
    "Diesel": 640
    "Spare parts in drawers": 210
    "Keys": 12
"Paint": 530
"Nothing yet"
    "Lamps": 0
classDef heavy fill:#f96,stroke:url(https://evil.example);`;

export const ARCHITECTURE = `architecture-beta
    title The ferry's tickets
    group quay(cloud)[On the quay]
    group office(server)[Office]
    group cellar(disk)[Cellar] in office

    service kiosk(internet)[Kiosk] in quay
    service gate(turnstile)[Gate] in quay
    service desk(server)[Ticket desk] in office
    service prices(logos:tag)[Prices and timetables] in office
    service book(database)[Book of journeys] in cellar
    service copy(disk)[Copy] in cellar
    service bank(cloud)[Bank]
    service mail(internet)[Mail]
    junction fork

    kiosk:R -[buys]-> L:desk
    gate:T -- B:kiosk
    gate:R --> L:prices
    desk:B <--> T:prices
    desk:R --> L:book
    copy:T <-- B:book
    desk{group}:T -- B:fork
    fork:L --> R:bank
    fork:R --> L:mail`;

export const BLOCK = `block-beta
    columns 4
    quay["The quay"]:2 sky(("Sky")) ask{"Fog?"}
    lane<["by water"]>(right) space:2 turn<["&nbsp;"]>(x, down)
    block:boat["On board"]:3
      columns 2
      bridge(["Bridge"]) engine[["Engine room"]]
      hold[("Hold")]:2
    end
    light>"Light"]
    block:harbour:4
      north{{"North"}} crane[/"Crane"/] south
    end
    quay -- "fog horn" --> ask
    bridge --> engine
    ask -.-> light
    boat ==> harbour
    hold --> crane
    style quay fill:#f96,stroke:url(https://evil.example)
    classDef far fill:#369
    class south far`;

export const DIAGRAMS: Record<string, string> = {
  FLOW,
  FLAT,
  STATES,
  SEQUENCE,
  PIE,
  CLASSES,
  ENTITIES,
  GANTT,
  MINDMAP,
  TIMELINE,
  JOURNEY,
  GIT,
  LOG,
  QUADRANT,
  XY,
  BARS,
  CURVE,
  CONTEXT,
  DEPLOY,
  REQUIREMENTS,
  KANBAN,
  PACKET,
  RADAR,
  SANKEY,
  TREEMAP,
  ARCHITECTURE,
  BLOCK,
};

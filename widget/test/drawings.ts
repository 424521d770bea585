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
    class Animal {
      <<abstract>>
      +String name
      +int age
      +isMammal() bool
      +mate(Animal other)*
    }
    class Duck {
      +String beakColor
      +swim()
      +quack() Sound
    }
    class Zoo["The zoo"]
    Animal <|-- Duck
    Animal <|-- Fish
    Swimmer <|.. Fish : swims
    <<interface>> Swimmer
    Fish : -int sizeInFeet
    Fish : -canEat()
    Zoo "1" *-- "0..*" Animal : keeps
    Zoo o-- Visitor
    Visitor ..> Ticket : buys
    Basket~Ticket~ --> Ticket
    note for Duck "can fly, can swim"
    style Duck fill:#f9f`;

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
      Make tea: 5: Ada
      Go upstairs: 3: Ada
      Do work: 1: Ada, Cat
    section Evening
      Go home: 5: Ada
      Sit down: 4: Ada, Cat`;

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
    title Reach and engagement of campaigns
    x-axis Low Reach --> High Reach
    y-axis Low Engagement --> "High Engagement"
    quadrant-1 We should expand
    quadrant-2 Need to promote
    quadrant-3 Re-evaluate
    quadrant-4 May be improved
    Newsletter: [0.3, 0.6]
    Posters in the underground: [0.45, 0.23] radius: 9
    Search: [0.57, 0.69] color: #ff3300, radius: 12, stroke-color: #10f0f0
    "Fairs: spring": [0.78, 0.34]
    Radio:::old: [0.40, 0.34]
    Friends of friends: [0.35, 0.78]
    Friends: [0.37, 0.75]
    Word of mouth: [1.0, 0.98]
    classDef old color: #888, stroke-width: 5px`;

export const XY = `xychart-beta
    title "Sales Revenue"
    x-axis [jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec]
    y-axis "Revenue (in $)" 4000 --> 11000
    bar [5000, 6000, 7500, 8200, 9500, 10500, 11000, 10200, 9200, 8500, 7000, 6000]
    line "the year before" [4600, 5200, 6900, 8000, 9000, 9100, 9900, 10200, 9800, 8100, 6600, 6100]`;

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
    x-axis Year 1990 --> 2020
    line [+1.3, .6, 2.4, -.34, 1200, 3100, 2800]`;

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
    title Deployment
    Deployment_Node(mob, "Customer's mobile device", "Apple IOS or Android"){
        Container(mobile, "Mobile App", "Xamarin", "Provides a limited subset of the Internet Banking functionality.")
    }
    Deployment_Node(comp, "Customer's computer", "Microsoft Windows or Apple macOS"){
        Deployment_Node(browser, "Web Browser", "Google Chrome"){
            Container(spa, "Single Page Application", "JavaScript and Angular", "Provides all of it.")
        }
    }
    Deployment_Node(plc, "Big Bank plc", "Big Bank plc data center"){
        Deployment_Node(dn, "bigbank-api*** x8", "Ubuntu 16.04 LTS"){
            Deployment_Node(apache, "Apache Tomcat", "Apache Tomcat 8.x"){
                Container(api, "API Application", "Java and Spring MVC", "Provides it via an API.")
            }
        }
        Deployment_Node(bigbankdb01, "bigbank-db01", "Ubuntu 16.04 LTS"){
            Deployment_Node(oracle, "Oracle - Primary", "Oracle 12c"){
                ContainerDb(db, "Database", "Relational Database Schema", "Stores what there is.")
            }
        }
        Deployment_Node(bigbankdb02, "bigbank-db02", "Ubuntu 16.04 LTS") {
            Deployment_Node(oracle2, "Oracle - Secondary", "Oracle 12c") {
                ContainerDb(db2, "Database", "Relational Database Schema", "Stores it again.")
            }
        }
    }
    Rel(mobile, api, "Makes API calls to", "json/HTTPS")
    Rel(spa, api, "Makes API calls to", "json/HTTPS")
    Rel(api, db, "Reads from and writes to", "JDBC")
    Rel(api, db2, "Reads from and writes to", "JDBC")
    Rel_R(db, db2, "Replicates data to")`;

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
    ticketBaseUrl: 'https://example.com/browse/#TICKET#'
---
kanban
  Todo
    [Create documentation]
    docs[Write about the new diagrams]@{ assigned: 'ada' }
  [In progress]
    id6[Draw cards so that long texts have room in all cases, and some more]@{ ticket: MC-2037, assigned: "Ben", priority: 'Very High' }
  id9[Done]
    id5[Parser]@{ priority: 'Low' }
    id2[Layout]`;

export const PACKET = `packet-beta
    title UDP and some flags
    0-15: "Source Port"
    16-31: "Destination Port"
    +32: "Sequence Number"
    64-67: "Offset"
    68: "URG"
    69: "ACK"
    70: "PSH"
    71-79: "Reserved for later"
    80-111: "Data (variable length)"`;

export const RADAR = `---
title: "Grades"
---
radar-beta
  axis m["Math"], s["Science"], e["English"]
  axis h["History"], g["Geography of the world"], a["Art"]
  curve a["Alice"]{85, 90, 80, 70, 75, 90}
  curve b["Bob"]{ s: 75, m: 70, e: 85, g: 90, h: 80, a: 85 }
  graticule polygon
  max 100
  min 0`;

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
};

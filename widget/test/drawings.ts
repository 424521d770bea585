// Diagrams as models write them.
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

export const DIAGRAMS: Record<string, string> = { FLOW, FLAT, STATES, SEQUENCE, PIE };

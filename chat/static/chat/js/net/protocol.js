/**
 * The shapes of the wire `chat.v1` and of the page's bootstrap, as `decode.js` completes them: types only. docs/protocol.md
 * explains them. Positions, revisions and ids are integers, times ISO 8601 in UTC.
 */

/** @typedef {{id: number, username: string, name: string, avatar: string | null, bot: boolean, guest: boolean, erased?: true}} User */

/** The space: its picture has 96 pixels, and `emoji_version` counts changes of its emoji. @typedef {{name: string, picture?: string | null, emoji_version?: number}} Space */

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {number} room
 * @property {number} position
 * @property {number} revision
 * @property {string} key
 * @property {"text" | "system"} kind
 * @property {User} author
 * @property {string} body what was typed
 * @property {string} html the body, rendered and sanitised by the server
 * @property {string} created_at
 * @property {string | null} edited_at
 * @property {boolean} deleted
 * @property {number | null} reply_to
 * @property {number} counted number of messages of people in the room up to this one
 * @property {MessageExtras} extras what was added after it was sent
 * @property {number} [text_revision] revision at which its text last changed, if its extras have changed since; not on the wire
 */

/** What a reply shows of the message to which it replies, with the number of its files; its text is absent if it was deleted. @typedef {{id: number, author: User, position: number, text?: string, files?: number, deleted?: true}} Quote */

/** How many people reacted with an emoji, and the ids of the first of them. @typedef {{emoji: string, count: number, users: number[]}} ReactionCount */

/**
 * What a system line says. `people`: the first of those whom it is about; `count`: how many there are, if these are not all; `message` and `position`: the message that it is about.
 * @typedef {{code: string, people?: User[], count?: number, from?: string, to?: string, message?: number, position?: number}} System
 */

/** Who pinned a message, and when. @typedef {{by: User, at: string}} Pinned */

/** The thread of a message: its room, its replies, the last people who replied and when. @typedef {{room: number, count: number, people?: User[], at?: string}} ThreadSummary */

/** The thread in which a message was written that was sent to the room as well: its room, and the message to which it replies. @typedef {{room: number, message: number, position: number}} FromThread */

/** A choice of a poll: how many people voted for it, and the ids of the first of them; absent if nobody did, or if it is hidden. @typedef {{text: string, votes?: number, users?: number[]}} PollChoice */

/**
 * A poll, of which the text of the message is the question. `hidden`: results are absent until `closed_at`; `voters`: how many people have voted.
 * @typedef {{choices: PollChoice[], multiple?: true, anonymous?: true, hidden?: true, closes_at?: string, closed_at?: string, voters?: number}} Poll
 */

/** What is asked with a new message. @typedef {{choices: string[], multiple: boolean, anonymous: boolean, hidden: boolean, closes_at?: string}} NewPoll */

/**
 * A file of a message. `seconds` of sound and moving pictures; `blur`: 4 × 3 colours in hexadecimal digits; `small`, `large`, `poster`: whether there are such pictures of it; `lines`: the first of a text.
 * @typedef {object} Attachment
 * @property {string} id
 * @property {string} name
 * @property {string} type
 * @property {number} size
 * @property {"image" | "video" | "audio" | "voice" | "pdf" | "text" | "file"} kind
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [seconds]
 * @property {string} [blur]
 * @property {boolean} [small]
 * @property {boolean} [large]
 * @property {boolean} [poster]
 * @property {number[]} [waveform] from 0 to 100
 * @property {string} [lines]
 * @property {boolean} [animated]
 */

/** What a list of rooms says of files: how many, the name of the first, and their kind, if they have one. @typedef {{name: string, count: number, kind: string}} FilesExcerpt */

/** What a page to which a message links says of itself. @typedef {{url: string, title: string, description?: string, site?: string, image?: {id: string, width: number, height: number, blur: string}}} LinkPreview */

/** @typedef {{quote?: Quote, attachments?: Attachment[], previews?: LinkPreview[], reactions?: ReactionCount[], system?: System, pinned?: Pinned, poll?: Poll, thread?: ThreadSummary, from_thread?: FromThread, [name: string]: any}} MessageExtras */

/** All reactions of my own to a message and the numbers of the choices for which I voted, as of a revision of it. @typedef {{id: number, revision: number, reactions: string[], votes: number[]}} Mine */

/** A text that a message had. `number` counts its texts from 1, the original. @typedef {{number: number, body: string, written_at: string}} Version */

/** The texts of a message as of a revision of it, oldest first, the last one its current text. @typedef {{id: number, revision: number, versions: Version[]}} VersionsReply */

/** The new extras of a message whose text did not change. @typedef {{id: number, position: number, revision: number, extras: MessageExtras}} Extras */

/**
 * The beginning of a message, on one line.
 * @typedef {object} Excerpt
 * @property {number} id
 * @property {number} position
 * @property {number} revision
 * @property {User} author
 * @property {"text" | "system"} kind
 * @property {boolean} deleted
 * @property {string} created_at
 * @property {string} text empty if the message was deleted
 * @property {Omit<System, "people"> & {people?: number[]} | null} system what a system line says; people by their ids
 * @property {boolean} poll whether the text is the question of a poll
 * @property {FilesExcerpt | null} files
 */

/**
 * The data of a room that is the same for every reader.
 * @typedef {object} RoomInfo
 * @property {number} id
 * @property {string} slug
 * @property {string} name
 * @property {string} topic
 * @property {string} emoji shown instead of "#", or ""
 * @property {"public" | "private" | "direct" | "thread"} kind
 * @property {boolean} archived
 * @property {number} pins number of pinned messages
 * @property {boolean} shows_reads whether it shows who has read its messages
 * @property {Who} who_posts
 * @property {Who | ""} who_mentions_all "" for the default of its kind
 * @property {Who} who_invites
 * @property {number} slow_seconds between two messages of one person who may not moderate it; 0 for none
 * @property {number} revision
 * @property {number} message_count
 * @property {number} counted number of messages of people
 * @property {User[]} people the others in a direct room; the reader in one for notes
 * @property {"" | "refused" | "deactivated"} closed why nobody can write in a direct room
 * @property {number | null} parent of a thread: its room
 * @property {number | null} parent_message of a thread: the message to which it replies
 */

/** What is unread in threads of a room: how many of them, and mentions. @typedef {{unread: number, mentions: number}} Threads */

/** @typedef {"owner" | "moderator" | "member"} Role */

/** @typedef {"everyone" | "moderators"} Who */

/** @typedef {"post" | "react" | "pin" | "invite" | "moderate" | "administer" | "mention_all"} Permission what I may do in a room */

/**
 * A room with the reader's own data.
 * @typedef {RoomInfo & {role: Role, notify: string, last_read: number, unread: number, mentions: number, last_message: Excerpt | null, may: Permission[], muted_until: string | null, threads: Threads, follows: boolean}} RoomSummary
 */

/** @typedef {{user: User, role: Role, revision: number, left: boolean}} Member */

/** @typedef {{code: string, message: string, field?: string | null, retry_after?: number | null}} WireError */

/**
 * @typedef {object} Limits
 * @property {number} frame_bytes
 * @property {number} body_chars
 * @property {number} history_page
 * @property {number} heartbeat_seconds
 * @property {{per_second: number, burst: number}} rate of messages and edits
 * @property {{per_second: number, burst: number}} commands the rate of commands of any kind
 * @property {number} reactions_per_minute
 * @property {number} versions_per_minute
 * @property {number} mentions_read_per_minute
 * @property {number} pins_per_minute
 * @property {number} votes_per_minute
 * @property {number} reports_per_hour
 * @property {number} follows_per_minute
 * @property {number} file_bytes
 * @property {number} files_per_message
 */

/**
 * @typedef {object} OpenReply
 * @property {RoomSummary} room
 * @property {number} revision
 * @property {boolean} reset
 * @property {Message[]} messages
 * @property {Member[]} members
 * @property {boolean} has_older
 * @property {Mine[]} mine my reactions to these messages, and votes in them
 * @property {Map<number, number> | null} reads how far people have read, by their ids; null if I am not shown that
 * @property {Made | null} [made] only in a reset
 */

/** When and by whom the room was created. @typedef {{at: string, by: User}} Made */

/** @typedef {{messages: Message[], has_older: boolean, has_newer: boolean, mine: Mine[]}} HistoryReply */

/**
 * Where a message was found. Of a thread, `id` is its own, `parent` the id of its room, `parent_position` the position there of its message; all else is of the room.
 * @typedef {Pick<RoomSummary, "id" | "kind" | "slug" | "name" | "emoji" | "people" | "archived"> & {parent: number | null, parent_position: number | null}} Place
 */

/**
 * Where words were found besides the body: in the `name` of a file, a `line` (from 1) of its `text`, a `choice` (from 1) of the poll, or the `preview` of a link; `marks` are of this text.
 * @typedef {{kind: "name" | "text" | "choice" | "preview", text: string, marks: [number, number][], file?: string, line?: number, choice?: number, url?: string}} FoundPlace
 */

/** `marks`: starts and lengths in the body. @typedef {{room: Place, message: Message, before: Message | null, after: Message | null, marks: [number, number][], places: FoundPlace[]}} Hit */

/**
 * How a term of a query was understood, and its place in the query; `also`: other forms of a word that were looked for.
 * @typedef {{kind: string, text: string, value: string, start: number, length: number, negated?: boolean, user: User | null, room: Place | null, day?: string, until?: string, also?: string[], problem?: "unknown" | "invalid" | "ignored"}} QueryTerm
 */

/** @typedef {{hits: Hit[], words: QueryTerm[], people: User[], rooms: Place[], more: string | null, building: number | null}} SearchReply */

/** @typedef {{kind: string, key: string, value: any, revision: number}} Item something of my own; its value is null if it was unset */

/** @typedef {{revision: number, reset: boolean, items: Item[]}} MeReply */

/** @typedef {MeReply & {type: "me_changes", since: number}} MeChanges some of my items changed */

/**
 * The ids of all rooms of the person, and the revision of their items.
 * @typedef {{type: "hello", epoch: string, user: User, limits: Limits, rooms: number[], me: number, space?: Space}} Hello
 */

/** @typedef {{type: "rooms", rooms: RoomSummary[], more: boolean}} Rooms some of my rooms; the others follow */

/**
 * @typedef {object} Changes
 * @property {"changes"} type
 * @property {number} room
 * @property {number} since
 * @property {number} revision
 * @property {Message[]} messages
 * @property {Extras[]} extras
 * @property {Member[]} members
 * @property {RoomInfo | null} [info]
 */

/** The last message of a room that is not open here is new, or has changed. @typedef {{type: "activity", room: number} & ActivityIn} Activity */

/** @typedef {{message_count: number, counted: number, unread: number, last_message: Excerpt}} ActivityIn */

/** @typedef {{type: "room", room: RoomSummary}} RoomChanged a room became mine, or its settings or what I may do in it changed */

/** @typedef {"left" | "removed" | "deleted"} RemovalReason */

/** @typedef {{type: "room_removed", room: number, reason: RemovalReason}} RoomRemoved */

/** @typedef {{type: "read", room: number, last_read: number, unread: number}} Read I have read a room, perhaps elsewhere */

/** How far members have read, by their ids; null if they are not counted any more. @typedef {{type: "reads", room: number, reads: Map<number, number | null>}} Reads */

/** @typedef {{type: "threads", room: number} & Threads} ThreadsChanged what is unread in threads of a room */

/** @typedef {{type: "follow", room: number, follows: boolean, last_read: number, unread: number}} FollowChanged I follow a thread or not, or have read it, perhaps elsewhere */

/** @typedef {{type: "typing", room: number, user: User, on: boolean}} Typing */

/** What a person says of themselves, perhaps until a time. @typedef {{emoji: string, text: string, until: string | null}} Status */

/** Whether a person is here, and their status. @typedef {{user: number, state: "here" | "away" | "busy" | "gone" | "unknown", status: Status | null}} PersonPresence */

/** @typedef {{type: "presence", people: {user: number}[]}} PresenceChanged people whom this page shows; `state/presence.js` completes them */

/** @typedef {{type: "limits", limits: Limits}} LimitsChanged */

/** @typedef {{type: "user", user: User}} UserChanged my own name or picture */

/** @typedef {{type: "space", space: Space}} SpaceChanged */

/** @typedef {{type: "restarting", delay: number}} Restarting */

/** @typedef {{type: "error", error: WireError}} Refused a command without a `ref` */

/** @typedef {{type: "mine", room: number, mine: Mine[]}} MineChanged my own reactions or votes in an open room changed */

/** @typedef {Activity | Changes | FollowChanged | MineChanged | Read | Reads | RoomChanged | RoomRemoved | Rooms | ThreadsChanged | Typing} RoomEvent about rooms of mine */

/** @typedef {Hello | LimitsChanged | MeChanges | PresenceChanged | Refused | Restarting | SpaceChanged | UserChanged} OtherEvent */

/** @typedef {RoomEvent | OtherEvent} Event every frame of the server but replies */

/** @typedef {{type: "reply", ref: number, ok: false, error: WireError}} Refusal */

/** @typedef {{type: "reply", ref: number, ok: true} | Refusal} Reply what a command returns is in further fields */

/** @typedef {Event | Reply} Frame a frame of the server */

/** @typedef {{type: string, [field: string]: any}} Command a frame of the client */

/**
 * @typedef {object} Bootstrap
 * @property {User} user
 * @property {string} epoch
 * @property {Limits} limits
 * @property {RoomSummary[]} rooms the person's first rooms; the socket sends the others
 * @property {OpenReply | null} open null on a page beside the rooms
 * @property {HistoryReply | null} [around] the messages around the one of the page's address, if `open` does not contain it
 * @property {string} socket path of the WebSocket
 * @property {string} time_zone the one that the person chose, or ""
 * @property {Record<string, string>} urls
 * @property {string[]} pages beginnings of the paths of pages that the shell shows in the place of a room
 */

export {};

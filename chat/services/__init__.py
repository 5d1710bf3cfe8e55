"""What a person may do: the only code that writes rooms, memberships and messages, and tells the bus.

Every function takes the acting person first, looks things up within what that person may see, and raises a
`chat.protocol.errors.ChatError` where it must refuse. All of them are synchronous.
"""

using System.Collections.Frozen;

namespace Metricity.Events;

/// <summary>
/// From the payload of a dispatch to a content-free record: the privacy boundary. It is an allow-list: whatever no reader asks for, events,
/// fields and all, is skipped as bytes and never becomes a value. Keeps no state between events but its caches.
/// </summary>
/// <param name="guildIds">The guilds whose events are kept; null = all.</param>
internal sealed class EventDecoder(IReadOnlySet<Snowflake> staffRoleIds, IReadOnlySet<Snowflake>? guildIds = null)
{
    /// <summary>Event name (Discord docs, "Gateway Events: Receive Events") to reader. Null from a reader: nothing in it to keep.</summary>
    private static readonly FrozenDictionary<string, ValueReader<DiscordEvent?>> Readers =
        new Dictionary<string, ValueReader<DiscordEvent?>>
        {
            ["READY"] = SessionReader.ReadReady,
            ["RESUMED"] = SessionReader.ReadResumed,
            ["RATE_LIMITED"] = SessionReader.ReadRateLimited,
            ["INTERACTION_CREATE"] = InteractionReader.ReadCreated,
            ["GUILD_CREATE"] = GuildReader.ReadCreated,
            ["GUILD_DELETE"] = GuildReader.ReadDeleted,
            ["GUILD_ROLE_UPDATE"] = GuildReader.ReadRoleUpdated,
            ["GUILD_ROLE_DELETE"] = GuildReader.ReadRoleDeleted,
            ["CHANNEL_CREATE"] = ChannelReader.ReadChanged,
            ["CHANNEL_UPDATE"] = ChannelReader.ReadChanged,
            ["CHANNEL_DELETE"] = ChannelReader.ReadDeleted,
            ["THREAD_CREATE"] = ChannelReader.ReadChanged,
            ["THREAD_UPDATE"] = ChannelReader.ReadChanged,
            ["THREAD_DELETE"] = ChannelReader.ReadDeleted,
            ["THREAD_LIST_SYNC"] = ChannelReader.ReadThreadListSync,
            ["GUILD_MEMBER_ADD"] = MemberEventReader.ReadJoined,
            ["GUILD_MEMBER_UPDATE"] = MemberEventReader.ReadUpdated,
            ["GUILD_MEMBER_REMOVE"] = MemberEventReader.ReadLeft,
            ["GUILD_MEMBERS_CHUNK"] = MemberEventReader.ReadChunk,
            ["MESSAGE_CREATE"] = MessageReader.ReadCreated,
            ["MESSAGE_UPDATE"] = MessageReader.ReadUpdated,
            ["MESSAGE_DELETE"] = MessageReader.ReadDeleted,
            ["MESSAGE_DELETE_BULK"] = MessageReader.ReadDeleted,
        }.ToFrozenDictionary();

    private readonly ReaderContext _context = new(staffRoleIds);

    /// <inheritdoc cref="ReaderContext.SkippedElements"/>
    public long SkippedElements => _context.SkippedElements;

    /// <param name="type">The dispatch's <c>t</c>.</param>
    /// <param name="data">The dispatch's <c>d</c>, UTF-8; empty (no <c>d</c>) counts as null.</param>
    /// <returns>Null for an event that Metricity does not keep: of another type, of no guild, or of another one.</returns>
    /// <exception cref="MalformedPayloadException">The payload cannot be used; names event and field, never values.</exception>
    public DiscordEvent? Decode(string type, ReadOnlySpan<byte> data)
    {
        if (!Readers.TryGetValue(type, out var read))
        {
            return null;
        }

        try
        {
            var decoded = Payload.Read(data.IsEmpty ? "null"u8 : data, _context, read);

            return decoded is GuildEvent guildEvent && guildIds?.Contains(guildEvent.GuildId) == false ? null : decoded;
        }
        catch (MalformedPayloadException malformed)
        {
            throw new MalformedPayloadException($"{type}.{malformed.Field}");
        }
    }
}

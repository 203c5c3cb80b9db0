using System.Text.Json.Serialization;

namespace Metricity.Events;

/// <summary>
/// The objects of Discord's that are read by System.Text.Json: all that do not come by the thousand. An allow-list by construction: what
/// has no property here never becomes a value. Every property is null when it was absent or null; what must be there is asked for where an
/// event is made of it.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    MaxDepth = Payload.MaxDepth,
    Converters =
    [
        typeof(SnowflakeConverter), typeof(TextConverter), typeof(TimeConverter), typeof(BitsConverter), typeof(SecretConverter),
        typeof(ElementsConverter<ChannelPayload>), typeof(ElementsConverter<IdPayload>), typeof(OptionalElementsConverter<Snowflake>),
        typeof(ElementsConverter<CommandOptionPayload>),
    ])]
[JsonSerializable(typeof(ReadyPayload))]
[JsonSerializable(typeof(RateLimitedPayload))]
[JsonSerializable(typeof(MemberRequestPayload))]
[JsonSerializable(typeof(InteractionPayload))]
[JsonSerializable(typeof(CommandOptionPayload))]
[JsonSerializable(typeof(GuildPayload))]
[JsonSerializable(typeof(RolePayload))]
[JsonSerializable(typeof(ChannelPayload))]
[JsonSerializable(typeof(ThreadListPayload))]
[JsonSerializable(typeof(IdPayload))]
[JsonSerializable(typeof(Snowflake))]
internal sealed partial class PayloadJson : JsonSerializerContext;

/// <summary>An object of which only the id counts.</summary>
internal sealed record IdPayload(Snowflake? Id);

/// <summary>READY.</summary>
internal sealed record ReadyPayload(IdPayload? User, Elements<IdPayload>? Guilds);

/// <summary>RATE_LIMITED, without its <c>meta</c>, whose form depends on the opcode.</summary>
/// <param name="RetryAfter">Seconds.</param>
internal sealed record RateLimitedPayload(int? Opcode, double? RetryAfter);

/// <summary>RATE_LIMITED of a member request.</summary>
internal sealed record MemberRequestPayload(MemberRequestMeta? Meta);

internal sealed record MemberRequestMeta(Snowflake? GuildId, string? Nonce);

/// <summary>GUILD_CREATE and GUILD_DELETE, without the members, which have a reader of their own.</summary>
internal sealed record GuildPayload(
    Snowflake? Id, bool? Unavailable, int? MemberCount, Elements<ChannelPayload>? Channels, Elements<ChannelPayload>? Threads);

/// <summary>GUILD_ROLE_UPDATE and GUILD_ROLE_DELETE.</summary>
internal sealed record RolePayload(Snowflake? GuildId, Snowflake? RoleId);

/// <summary>A channel, category or thread (docs, "Channel: Channel Object").</summary>
/// <param name="GuildId">Absent inside GUILD_CREATE, and for direct messages.</param>
internal sealed record ChannelPayload(
    Snowflake? GuildId,
    Snowflake? Id,
    int? Type,
    string? Name,
    Snowflake? ParentId,
    long? Flags,
    Snowflake? OwnerId,
    Elements<Snowflake>? AppliedTags,
    ThreadMetadata? ThreadMetadata);

/// <summary>Docs, "Channel: Thread Metadata Object".</summary>
/// <param name="ArchiveTimestamp">When <paramref name="Archived"/> or any of these was last changed.</param>
/// <param name="AutoArchiveDuration">Minutes.</param>
internal sealed record ThreadMetadata(
    bool? Archived, DateTime? ArchiveTimestamp, DateTime? CreateTimestamp, int? AutoArchiveDuration, bool? Locked);

/// <summary>THREAD_LIST_SYNC.</summary>
/// <param name="ChannelIds">Absent = the whole guild; JSON null is "none", unlike absent.</param>
internal sealed record ThreadListPayload(
    Snowflake? GuildId, Elements<Snowflake>? ChannelIds, Elements<ChannelPayload>? Threads);

/// <summary>INTERACTION_CREATE (docs, "Receiving and Responding: Interaction Object").</summary>
internal sealed record InteractionPayload(
    Snowflake? Id, Snowflake? GuildId, int? Type, Secret? Token, CommandPayload? Data, CommandUser? Member);

/// <param name="Name">Whether it is ours: no text becomes a value.</param>
internal sealed record CommandPayload(
    [property: JsonConverter(typeof(CommandNameConverter))] bool Name, Elements<CommandOptionPayload>? Options);

/// <inheritdoc cref="CommandPayload"/>
internal sealed record CommandOptionPayload([property: JsonConverter(typeof(SubcommandNameConverter))] bool Name);

/// <summary>Who used a command.</summary>
internal sealed record CommandUser(Elements<Snowflake>? Roles, ulong? Permissions);

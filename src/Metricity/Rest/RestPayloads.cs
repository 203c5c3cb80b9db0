using System.Text.Json.Serialization;
using Metricity.Events;

namespace Metricity.Rest;

/// <summary>The objects that only REST sends; as <see cref="PayloadJson"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    MaxDepth = Payload.MaxDepth,
    Converters =
    [
        typeof(SnowflakeConverter), typeof(TextConverter), typeof(TimeConverter), typeof(BitsConverter),
        typeof(ElementsConverter<RestRolePayload>), typeof(ElementsConverter<ChannelPayload>), typeof(ElementsConverter<Snowflake>),
        typeof(OptionalElementsConverter<OverwritePayload>),
    ])]
[JsonSerializable(typeof(GatewayBotPayload))]
[JsonSerializable(typeof(ApplicationPayload))]
[JsonSerializable(typeof(RestGuildPayload))]
[JsonSerializable(typeof(RestRolePayload))]
[JsonSerializable(typeof(ChannelPayload))]
[JsonSerializable(typeof(OverwritesPayload))]
[JsonSerializable(typeof(OverwritePayload))]
[JsonSerializable(typeof(MemberRolesPayload))]
[JsonSerializable(typeof(ThreadPagePayload))]
[JsonSerializable(typeof(Snowflake))]
internal sealed partial class RestJson : JsonSerializerContext;

/// <summary>Docs, "Gateway: Get Gateway Bot".</summary>
internal sealed record GatewayBotPayload(string? Url, SessionStartPayload? SessionStartLimit);

/// <param name="ResetAfter">Milliseconds.</param>
internal sealed record SessionStartPayload(int? Total, int? Remaining, long? ResetAfter, int? MaxConcurrency);

/// <summary>Docs, "Application: Application Object".</summary>
internal sealed record ApplicationPayload(Snowflake? Id, long? Flags);

/// <summary>Docs, "Guild: Guild Object".</summary>
internal sealed record RestGuildPayload(Snowflake? Id, Snowflake? OwnerId, int? ApproximateMemberCount, Elements<RestRolePayload>? Roles);

/// <summary>Docs, "Permissions: Role Object".</summary>
internal sealed record RestRolePayload(Snowflake? Id, ulong? Permissions);

/// <summary>What <see cref="ChannelPayload"/> leaves out of a channel.</summary>
internal sealed record OverwritesPayload(Elements<OverwritePayload>? PermissionOverwrites);

/// <summary>Docs, "Channel: Overwrite Object".</summary>
/// <param name="Type">0 = role, 1 = member.</param>
internal sealed record OverwritePayload(Snowflake? Id, int? Type, ulong? Allow, ulong? Deny);

/// <summary>What <see cref="UserFacts"/> leaves out of a member.</summary>
internal sealed record MemberRolesPayload(Elements<Snowflake>? Roles, DateTime? CommunicationDisabledUntil);

/// <summary>Docs, "Channel: List Public Archived Threads".</summary>
internal sealed record ThreadPagePayload(Elements<ChannelPayload>? Threads, bool? HasMore);

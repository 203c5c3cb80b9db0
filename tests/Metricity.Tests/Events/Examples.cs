using System.Text;
using Metricity.Events;

namespace Metricity.Tests.Events;

/// <summary>Payloads (<c>d</c> of a dispatch) of an invented guild, one for each event that is read.</summary>
internal static class Examples
{
    public const string GuildId = "1100000000000000000";
    public const string StaffRoleId = "1100000000000000300";

    public const string UserJson =
        """
        {"id":"1100000000000000010","username":"ann","discriminator":"0","global_name":"Ann",
        "avatar":"a_0123456789abcdef0123456789abcdef","public_flags":64}
        """;

    public const string MembershipJson =
        """
        "roles":["1100000000000000299","1100000000000000300"],"nick":null,"avatar":"feedfacefeedfacefeedfacefeedface",
        "joined_at":"2023-09-09T09:09:09+00:00","premium_since":null,"deaf":false,"mute":false,"flags":2,"pending":false,
        "communication_disabled_until":null
        """;

    public const string MemberJson = $$"""{"user":{{UserJson}},{{MembershipJson}}}""";

    public const string ChannelJson =
        """
        {"id":"1100000000000000101","type":0,"guild_id":"1100000000000000000","name":"general","parent_id":"1100000000000000100",
        "position":1,"permission_overwrites":[],"last_message_id":"1100000000000009000","nsfw":false,"topic":null,
        "rate_limit_per_user":0,"flags":0}
        """;

    public const string ThreadJson =
        """
        {"id":"1100000000000000200","type":11,"guild_id":"1100000000000000000","parent_id":"1100000000000000101",
        "owner_id":"1100000000000000010","name":"a thread","message_count":3,"member_count":2,"total_message_sent":3,
        "last_message_id":"1100000000000000203","flags":0,
        "rate_limit_per_user":0,"applied_tags":["1100000000000000401","1100000000000000402"],
        "thread_metadata":{"archived":false,"auto_archive_duration":1440,"archive_timestamp":"2024-05-06T07:08:09.101000+00:00",
        "locked":false,"create_timestamp":"2024-05-06T07:08:09.101000+00:00"}}
        """;

    public const string MessageJson =
        $$"""
        {"id":"1100000000000009001","channel_id":"1100000000000000101","guild_id":"1100000000000000000","type":0,"channel_type":0,
        "author":{{UserJson}},"member":{{{MembershipJson}}},"timestamp":"2024-06-01T12:00:00.123000+00:00",
        "edited_timestamp":null,"content":"","embeds":[],"attachments":[],"components":[],"mentions":[],"mention_roles":[],
        "mention_everyone":false,"pinned":false,"tts":false,
        "flags":0,"nonce":"1"}
        """;

    public const string GuildJson =
        $$"""
        {"id":"1100000000000000000","name":"Sim","owner_id":"1100000000000000010","unavailable":false,"large":true,"member_count":3210,
        "joined_at":"2024-01-02T03:04:05.678000+00:00","features":["COMMUNITY"],
        "roles":[{"id":"1100000000000000000","name":"@everyone","permissions":"1115136","position":0,"color":0,"flags":0}],
        "channels":[{"id":"1100000000000000100","type":4,"name":"Topics","position":0,"permission_overwrites":[],"flags":0},
        {"id":"1100000000000000101","type":0,"name":"general","parent_id":"1100000000000000100","position":1,"flags":0}],
        "threads":[{{ThreadJson}}],"members":[{{MemberJson}}],
        "voice_states":[],"presences":[],"stage_instances":[],"guild_scheduled_events":[],"soundboard_sounds":[],"emojis":[],"stickers":[]}
        """;

    public const string ReadyJson =
        """
        {"v":10,"user":{"id":"1100000000000000001","username":"collector","discriminator":"0042","global_name":null,"avatar":null,
        "bot":true,"public_flags":0},"guilds":[{"id":"1100000000000000000","unavailable":true}],"session_id":"0f3c",
        "resume_gateway_url":"wss://gateway-example.test","shard":[0,1],"application":{"id":"1100000000000000002","flags":32768},
        "_trace":["x"]}
        """;

    public const string MemberEventJson = $$"""{"guild_id":"1100000000000000000","user":{{UserJson}},{{MembershipJson}}}""";

    public const string ChunkJson =
        $$"""
        {"guild_id":"1100000000000000000","chunk_index":0,"chunk_count":4,"nonce":"sync-1","not_found":[7],"members":[{{MemberJson}}]}
        """;

    public static readonly IReadOnlyDictionary<string, string> ByEvent = new Dictionary<string, string>
    {
        ["READY"] = ReadyJson,
        ["RESUMED"] = """{"_trace":["x"]}""",
        ["RATE_LIMITED"] = """{"opcode":8,"retry_after":21.7,"meta":{"guild_id":"1100000000000000000","nonce":"sync-2"}}""",
        ["GUILD_CREATE"] = GuildJson,
        ["GUILD_DELETE"] = """{"id":"1100000000000000000","unavailable":true}""",
        ["GUILD_ROLE_DELETE"] = """{"guild_id":"1100000000000000000","role_id":"1100000000000000300"}""",
        ["CHANNEL_CREATE"] = ChannelJson,
        ["CHANNEL_UPDATE"] = ChannelJson,
        ["CHANNEL_DELETE"] = ChannelJson,
        ["THREAD_CREATE"] = ThreadJson,
        ["THREAD_UPDATE"] = ThreadJson,
        ["THREAD_DELETE"] =
            """{"id":"1100000000000000200","guild_id":"1100000000000000000","parent_id":"1100000000000000101","type":11}""",
        ["THREAD_LIST_SYNC"] =
            $$"""{"guild_id":"1100000000000000000","channel_ids":["1100000000000000101"],"threads":[{{ThreadJson}}],"members":[]}""",
        ["GUILD_MEMBER_ADD"] = MemberEventJson,
        ["GUILD_MEMBER_UPDATE"] = MemberEventJson,
        ["GUILD_MEMBER_REMOVE"] = $$"""{"guild_id":"1100000000000000000","user":{{UserJson}}}""",
        ["GUILD_MEMBERS_CHUNK"] = ChunkJson,
        ["MESSAGE_CREATE"] = MessageJson,
        ["MESSAGE_UPDATE"] = MessageJson,
        ["MESSAGE_DELETE"] =
            """{"id":"1100000000000009001","channel_id":"1100000000000000101","guild_id":"1100000000000000000"}""",
        ["MESSAGE_DELETE_BULK"] =
            """
            {"ids":["1100000000000009002","1100000000000009003"],"channel_id":"1100000000000000101","guild_id":"1100000000000000000"}
            """,
    };

    public static EventDecoder NewDecoder() => new(StaffRoles);

    public static ReaderContext NewContext() => new(StaffRoles);

    public static Snowflake Id(string digits) =>
        Snowflake.TryParse(digits, out var id) ? id : throw new ArgumentException("no id", nameof(digits));

    public static DiscordEvent? Decode(string type, string json) => NewDecoder().Decode(type, Encoding.UTF8.GetBytes(json));

    /// <summary>Decodes and expects an event of type <typeparamref name="T"/>.</summary>
    public static T Decode<T>(string type, string json)
        where T : DiscordEvent => Assert.IsType<T>(Decode(type, json));

    /// <summary>Reads a JSON text as REST answers are read.</summary>
    public static T Read<T>(string json, ValueReader<T> read) => Payload.Read(Encoding.UTF8.GetBytes(json), NewContext(), read);

    public static MalformedPayloadException Malformed(string type, string json) =>
        Assert.Throws<MalformedPayloadException>(() => Decode(type, json));

    private static HashSet<Snowflake> StaffRoles => [Id(StaffRoleId)];
}

using System.Globalization;
using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>op 8: member chunks and their rate limit.</summary>
public sealed partial class SimGateway
{
    private const int ChunkSize = 1000;

    private void OnRequestMembers(SimConnection connection, JsonElement d)
    {
        var session = connection.Session!;
        var guildId = Snowflake(d.GetProperty("guild_id"));
        var nonce = d.TryGetProperty("nonce", out var n) && n.ValueKind == JsonValueKind.String ? n.GetString() : null;
        nonce = nonce is { Length: > 32 } ? null : nonce;
        MemberRequestCount++;
        var guild = World.GuildList.Find(candidate => candidate.Id == guildId);
        if (guild is null || !guild.Live || MemberChunks == SimChunks.None)
        {
            return;
        }

        if (d.TryGetProperty("user_ids", out var ids))
        {
            var wanted = ids.ValueKind == JsonValueKind.Array ? ids.EnumerateArray().Select(Snowflake).ToArray() : [Snowflake(ids)];
            var found = wanted.Select(guild.FindMember).OfType<SimMember>().Where(member => member.InGuild).ToArray();
            SendChunks(session, guild, found, nonce, [.. wanted.Except(found.Select(member => member.Id))]);
            return;
        }

        var query = d.GetProperty("query").GetString() ?? "";
        var limit = d.GetProperty("limit").GetInt32();
        if (query.Length > 0 || limit > 0)
        {
            var matches = guild.MembersById().Where(member => member.User.Username.StartsWith(query, StringComparison.OrdinalIgnoreCase));
            SendChunks(session, guild, [.. matches.Take(Math.Clamp(limit, 1, 100))], nonce, []);
        }
        else if ((session.Intents & SimIntents.Members) == 0)
        {
            Close(connection, 4014, "Disallowed intent(s).");
        }
        else if (LimitedFor(guild) is { } wait)
        {
            RateLimit(session, guild, nonce, wait);
        }
        else
        {
            guild.LastFullMemberRequest = World.Now;
            SendChunks(session, guild, guild.MembersById(), nonce, []);
        }
    }

    private TimeSpan? LimitedFor(SimGuild guild)
    {
        var left = guild.LastFullMemberRequest is { } last ? last + _options.MemberRequestWindow - World.Now : TimeSpan.Zero;
        return left > TimeSpan.Zero ? left : null;
    }

    private void RateLimit(SimSession session, SimGuild guild, string? nonce, TimeSpan wait)
    {
        var body = World.Wire.Build(w =>
        {
            w.WriteStartObject();
            w.WriteNumber("opcode"u8, 8);
            w.WriteNumber("retry_after"u8, Math.Round(wait.TotalSeconds, 3));
            w.WriteStartObject("meta"u8);
            Wire.Id(w, "guild_id"u8, guild.Id);
            if (nonce is not null)
            {
                w.WriteString("nonce"u8, nonce);
            }

            w.WriteEndObject();
            w.WriteEndObject();
        });
        Deliver(session, new SimEvent("RATE_LIMITED", SimIntents.Always, guild.Id, body, null));
    }

    /// <summary>
    /// Small answers go out at once. Large ones are made chunk by chunk on the thread pool, taking the lock for each, so that
    /// live events come in between; they stop when the connection is gone.
    /// </summary>
    private void SendChunks(SimSession session, SimGuild guild, SimMember[] members, string? nonce, IReadOnlyList<ulong> notFound)
    {
        var count = Math.Max(1, (members.Length + ChunkSize - 1) / ChunkSize);
        var order = Enumerable.Range(0, count).ToList();
        switch (MemberChunks)
        {
            case SimChunks.Reversed:
                order.Reverse();
                break;
            case SimChunks.OneMissing:
                order.Remove(count / 2);
                break;
            case SimChunks.WrongNonce:
                nonce = "wrong";
                break;
            case SimChunks.RateLimitedOnce:
                MemberChunks = SimChunks.Normal;
                RateLimit(session, guild, nonce, _options.MemberRequestWindow);
                return;
            case SimChunks.DisconnectMidway:
                MemberChunks = SimChunks.Normal;
                order.RemoveRange((count + 1) / 2, order.Count - ((count + 1) / 2));
                order.Add(-1);
                break;
            case SimChunks.Normal:
            case SimChunks.None:
            default:
                break;
        }

        var connection = session.Connection!;
        if (count == 1)
        {
            order.ForEach(index => SendChunk(connection, session, guild, members, new MemberChunk(index, count, nonce, notFound)));
            return;
        }

        RunInBackground(() =>
        {
            foreach (var index in order)
            {
                lock (World.Gate)
                {
                    SendChunk(connection, session, guild, members, new MemberChunk(index, count, nonce, notFound));
                }
            }

            return Task.CompletedTask;
        });
    }

    private void SendChunk(SimConnection connection, SimSession session, SimGuild guild, SimMember[] members, MemberChunk chunk)
    {
        if (session.Connection != connection)
        {
            return;
        }

        if (chunk.Index < 0)
        {
            AbortAfterQueue(connection, OutgoingKind.AbortMidFrame);
            return;
        }

        var slice = members.AsMemory()[(chunk.Index * ChunkSize)..Math.Min(members.Length, (chunk.Index + 1) * ChunkSize)];
        var body = World.Wire.Build(w => World.Wire.MembersChunk(w, guild, slice.Span, chunk));
        Deliver(session, new SimEvent("GUILD_MEMBERS_CHUNK", SimIntents.Always, guild.Id, body, null));
        ChunksSent++;
    }

    private static ulong Snowflake(JsonElement element)
    {
        return ulong.TryParse(element.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
    }
}

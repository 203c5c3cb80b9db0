using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>How a session begins, and how it is taken up again.</summary>
public sealed partial class SimGateway
{
    private void Begin(SimConnection connection, int intents, (int Id, int Count) shard, bool shardSent)
    {
        var session = new SimSession(SimNames.Hash((ulong)_random.NextInt64()), intents, shard) { Connection = connection };
        _sessions.Add(session);
        connection.Session = session;
        connection.Holding = _paused;
        AnyContentIntent |= (intents & SimIntents.Content) != 0;
        var guilds = World.GuildList.Where(guild => guild.BotPresent && (int)((guild.Id >> 22) % (ulong)shard.Count) == shard.Id).ToList();
        var ready = World.Wire.Build(w =>
        {
            w.WriteStartObject();
            w.WriteNumber("v"u8, 10);
            w.WritePropertyName("user"u8);
            World.Wire.Self(w);
            w.WriteStartArray("guilds"u8);
            foreach (var guild in guilds)
            {
                w.WriteStartObject();
                Wire.Id(w, "id"u8, guild.Id);
                w.WriteBoolean("unavailable"u8, true);
                w.WriteEndObject();
            }

            w.WriteEndArray();
            w.WriteString("session_id"u8, session.Id);
            w.WriteString("resume_gateway_url"u8, ResumeUrl ?? Url);
            if (shardSent)
            {
                w.WriteStartArray("shard"u8);
                w.WriteNumberValue(shard.Id);
                w.WriteNumberValue(shard.Count);
                w.WriteEndArray();
            }

            w.WritePropertyName("application"u8);
            World.Wire.Application(w, partial: true);
            Trace(w);
            w.WriteEndObject();
        });
        Deliver(session, new SimEvent("READY", SimIntents.Always, 0, ready, null));
        if ((intents & SimIntents.Guilds) != 0)
        {
            guilds.ForEach(guild => Deliver(session, FirstOf(guild)));
        }
    }

    private SimEvent FirstOf(SimGuild guild)
    {
        if (guild.Live)
        {
            var body = World.Wire.Build(w => World.Wire.GuildCreate(w, guild, unavailable: false));
            return new SimEvent("GUILD_CREATE", SimIntents.Guilds, guild.Id, body, null);
        }

        var outage = World.Wire.Build(w =>
        {
            w.WriteStartObject();
            Wire.Id(w, "id"u8, guild.Id);
            w.WriteBoolean("unavailable"u8, true);
            w.WriteEndObject();
        });
        return new SimEvent("GUILD_DELETE", SimIntents.Guilds, guild.Id, outage, null);
    }

    private void Replay(SimConnection connection, SimSession session, long sequence)
    {
        if (session.Connection is { } old && old != connection)
        {
            Close(old, 4000, "Session resumed elsewhere.");
        }

        session.Connection = connection;
        session.DisconnectedAt = null;
        connection.Session = session;
        connection.Holding = _paused;
        var earlier = ReplayEarlierNext;
        ReplayEarlierNext = 0;
        foreach (var dispatch in session.After(Math.Min(sequence, Math.Max(sequence - earlier, 1))).ToArray())
        {
            connection.Send(Outgoing.Of(dispatch));
            if (_duringReplay is { } reply)
            {
                _duringReplay = null;
                Answer(connection, reply);
            }
        }

        if (!connection.IsOpen)
        {
            return;
        }

        var resumed = new SimEvent("RESUMED", SimIntents.Always, 0, """{"_trace":["sim"]}"""u8.ToArray(), null);
        if (ResumedTakesNumber)
        {
            Deliver(session, resumed);
        }
        else
        {
            connection.Send(Outgoing.Of(new SimDispatch(session.LastSequence, resumed)));
        }

        ResumedCount++;
    }

    private static void Trace(Utf8JsonWriter w)
    {
        w.WriteStartArray("_trace"u8);
        w.WriteStringValue("sim"u8);
        w.WriteEndArray();
    }
}

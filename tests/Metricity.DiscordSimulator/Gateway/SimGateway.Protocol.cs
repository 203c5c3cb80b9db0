using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>What the client's payloads lead to: the state machine of identify, resume, heartbeat and member requests.</summary>
public sealed partial class SimGateway
{
    private const int MaxPayload = 4096;

    private static readonly byte[] AckPayload = """{"t":null,"s":null,"op":11,"d":null}"""u8.ToArray();
    private static readonly byte[] ReconnectPayload = """{"t":null,"s":null,"op":7,"d":null}"""u8.ToArray();
    private static readonly byte[] BeatPayload = """{"t":null,"s":null,"op":1,"d":null}"""u8.ToArray();
    private static readonly byte[] InvalidPayload = """{"t":null,"s":null,"op":9,"d":false}"""u8.ToArray();
    private static readonly byte[] InvalidResumablePayload = """{"t":null,"s":null,"op":9,"d":true}"""u8.ToArray();

    private readonly Dictionary<int, Queue<DateTimeOffset>> _identifies = [];

    private void OnMessage(SimConnection connection, int opcode, byte[] payload)
    {
        if (!connection.CountSend(World.Now))
        {
            Close(connection, 4008, "You are being rate limited.");
            return;
        }

        if (opcode != FrameReader.Text || payload.Length > MaxPayload || !TryParse(payload, out var root) || root.ValueKind != JsonValueKind.Object)
        {
            Close(connection, 4002, "Error while decoding payload.");
            return;
        }

        if (!root.TryGetProperty("op", out var opElement) || !opElement.TryGetInt32(out var op))
        {
            Close(connection, 4001, "Unknown opcode.");
            return;
        }

        var d = root.TryGetProperty("d", out var data) ? data : default;
        connection.Record(new SimReceived(op, d, World.Now));
        try
        {
            OnOperation(connection, op, d);
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            Close(connection, 4002, "Error while decoding payload.");
        }

        Signal.Pulse();
    }

    private void OnOperation(SimConnection connection, int op, JsonElement d)
    {
        switch (op)
        {
            case 1:
                OnHeartbeat(connection, d);
                break;
            case 2 when connection.Identified:
                Close(connection, 4005, "Already authenticated.");
                break;
            case 2:
                OnIdentify(connection, d);
                break;
            case 6:
                OnResume(connection, d);
                break;
            case 3 or 4 or 8 or 31 or 43 when !connection.Identified:
                Close(connection, 4003, "Not authenticated.");
                break;
            case 8:
                OnRequestMembers(connection, d);
                break;
            case 3 or 4 or 31 or 43:
                break;
            default:
                Close(connection, connection.Identified ? 4001 : 4003, "Unknown opcode.");
                break;
        }
    }

    private void OnHeartbeat(SimConnection connection, JsonElement d)
    {
        connection.Record(new SimHeartbeat(World.Now, d.ValueKind == JsonValueKind.Number ? d.GetInt64() : null, connection.Number));
        _heartbeats.Add(connection.Heartbeats[^1]);
        connection.Watchdog?.Change(HeartbeatInterval * 1.5, Timeout.InfiniteTimeSpan);
        if (AckHeartbeats && _acksToSkip == 0)
        {
            connection.Send(Outgoing.Json(AckPayload));
        }
        else if (_acksToSkip > 0)
        {
            _acksToSkip--;
        }
    }

    private void OnIdentify(SimConnection connection, JsonElement d)
    {
        IdentifyCount++;
        var intents = d.GetProperty("intents").GetInt64();
        LastIntents = intents;
        LastProperties = d.TryGetProperty("properties", out var properties) ? properties : default;
        var shard = d.TryGetProperty("shard", out var s) ? (Id: s[0].GetInt32(), Count: s[1].GetInt32()) : (Id: 0, Count: 1);
        if (_identifyReplies.TryDequeue(out var reply))
        {
            Answer(connection, reply);
        }
        else if (Refusal(d.GetProperty("token").GetString(), intents, shard) is { } refusal)
        {
            Close(connection, refusal.Code, refusal.Reason);
        }
        else if (TooManyIdentifies(shard.Id))
        {
            connection.Send(Outgoing.Json(InvalidPayload));
        }
        else if (--IdentifyRemaining < 0)
        {
            ResetToken("reset-" + Token);
            Close(connection, 4004, "Authentication failed.");
        }
        else
        {
            connection.CompressPayloads = !connection.ZlibStream && d.TryGetProperty("compress", out var c) && c.GetBoolean();
            Begin(connection, (int)intents, shard, d.TryGetProperty("shard", out _));
        }
    }

    private (int Code, string Reason)? Refusal(string? token, long intents, (int Id, int Count) shard)
    {
        if (token != Token)
        {
            return (4004, "Authentication failed.");
        }

        if ((intents & ~SimIntents.Known) != 0)
        {
            return (4013, "Invalid intent(s).");
        }

        if (((intents & SimIntents.Members) != 0 && !_options.MembersIntentEnabled)
            || ((intents & SimIntents.Content) != 0 && !_options.ContentToggle)
            || (intents & SimIntents.Presences) != 0)
        {
            return (4014, "Disallowed intent(s).");
        }

        return shard.Count < 1 || shard.Id < 0 || shard.Id >= shard.Count ? (4010, "Invalid shard.") : null;
    }

    private bool TooManyIdentifies(int shardId)
    {
        var bucket = shardId % _options.MaxConcurrency;
        if (!_identifies.TryGetValue(bucket, out var times))
        {
            times = _identifies[bucket] = new Queue<DateTimeOffset>();
        }

        while (times.TryPeek(out var oldest) && World.Now - oldest >= _options.IdentifyWindow)
        {
            times.Dequeue();
        }

        if (times.Count > 0 && _options.IdentifyWindow > TimeSpan.Zero)
        {
            return true;
        }

        times.Enqueue(World.Now);
        return false;
    }

    private void OnResume(SimConnection connection, JsonElement d)
    {
        ResumeCount++;
        var token = d.GetProperty("token").GetString();
        var sessionId = d.GetProperty("session_id").GetString();
        var sequence = d.GetProperty("seq").GetInt64();
        LastResumeSequence = sequence;
        var session = _sessions.Find(candidate => candidate.Id == sessionId);
        if (_resumeReplies.TryDequeue(out var reply))
        {
            Answer(connection, reply);
        }
        else if (token != Token)
        {
            Close(connection, 4004, "Authentication failed.");
        }
        else if (session is null || Expired(session) || sequence < session.OldestBuffered - 1)
        {
            connection.Send(Outgoing.Json(InvalidPayload));
        }
        else if (sequence > session.LastSequence)
        {
            Close(connection, 4007, "Invalid seq.");
        }
        else
        {
            Replay(connection, session, sequence);
        }
    }

    private void Answer(SimConnection connection, SimReply reply)
    {
        switch (reply.Kind)
        {
            case SimReplyKind.Close:
                Close(connection, reply.Code, reply.Reason);
                break;
            case SimReplyKind.InvalidSession:
                connection.Send(Outgoing.Json(reply.Resumable ? InvalidResumablePayload : InvalidPayload));
                break;
            case SimReplyKind.Abort:
                AbortAfterQueue(connection, OutgoingKind.AbortMidFrame);
                break;
            case SimReplyKind.RequestHeartbeat:
                connection.Send(Outgoing.Json(BeatPayload));
                break;
            case SimReplyKind.Reconnect:
                connection.Send(Outgoing.Json(ReconnectPayload));
                break;
            case SimReplyKind.Silence:
            default:
                break;
        }
    }

    private static bool TryParse(byte[] payload, out JsonElement root)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            root = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            root = default;
            return false;
        }
    }
}

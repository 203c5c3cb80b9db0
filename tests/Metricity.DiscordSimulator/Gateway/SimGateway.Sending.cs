using System.Text;

namespace Metricity.DiscordSimulator;

/// <summary>Sending what no world would: raw payloads, invented dispatches, odd numbers.</summary>
public sealed partial class SimGateway
{
    /// <summary>A text message as it is: not numbered, not compressed.</summary>
    public void SendRaw(string text)
    {
        EachOpen(connection => connection.Send(new Outgoing(OutgoingKind.Text) { Bytes = Encoding.UTF8.GetBytes(text) }));
    }

    /// <summary>A payload as it is, compressed as the connection wants it: malformed JSON, missing op, invalid UTF-8.</summary>
    public void SendPayload(ReadOnlyMemory<byte> payload)
    {
        EachOpen(connection => connection.Send(Outgoing.Json(payload.ToArray())));
    }

    /// <summary>A binary message as it is.</summary>
    public void SendBinary(ReadOnlyMemory<byte> bytes)
    {
        EachOpen(connection => connection.Send(new Outgoing(OutgoingKind.Binary) { Bytes = bytes.ToArray() }));
    }

    /// <summary>Bytes straight to TCP: broken frames.</summary>
    public void SendRawBytes(ReadOnlyMemory<byte> bytes)
    {
        EachOpen(connection => connection.Send(new Outgoing(OutgoingKind.Raw) { Bytes = bytes.ToArray() }));
    }

    /// <summary>A dispatch of any type with any <c>d</c> (which need not be JSON), numbered and kept for RESUME in every session.</summary>
    public void SendDispatch(string type, string d)
    {
        SendDispatch(type, Encoding.UTF8.GetBytes(d));
    }

    public void SendDispatch(string type, byte[] d)
    {
        lock (World.Gate)
        {
            Publish(new SimEvent(type, SimIntents.Always, 0, d, null));
        }
    }

    /// <summary>A dispatch of an unknown type and the given size.</summary>
    public void SendBigPayload(int bytes)
    {
        SendDispatch("SIM_BIG", "{\"filler\":\"" + new string('x', bytes) + "\"}");
    }

    /// <summary>Sends prepared events (<see cref="SimGuild.PrepareMessages"/>), as fast as the client takes them.</summary>
    public void Send(IReadOnlyList<SimEvent> events)
    {
        lock (World.Gate)
        {
            foreach (var item in events)
            {
                Publish(item);
            }
        }
    }

    /// <summary>The last dispatch comes again, with the same number.</summary>
    public void DuplicateLast()
    {
        EachOpen(connection =>
        {
            if (connection.Session is { } session && session.After(session.LastSequence - 1).ToArray() is [.., var last])
            {
                connection.Send(Outgoing.Of(last));
            }
        });
    }

    /// <summary>So many numbers are never used: a gap in <c>s</c>.</summary>
    public void SkipSequence(int count = 1)
    {
        lock (World.Gate)
        {
            _sessions.ForEach(session => session.Skip(count));
        }
    }
}

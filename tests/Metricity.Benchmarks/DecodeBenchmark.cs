using System.Globalization;
using Metricity.Benchmarks.Load;
using Metricity.Events;
using Metricity.Gateway;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metricity.Benchmarks;

/// <summary>This process's CPU and allocations for each message, from socket to record, against a bare loop on the same socket.</summary>
internal static class DecodeBenchmark
{
    private const double RequiredRatio = 2;
    private const double RequiredBytes = 200;

    /// <summary>Payloads of the loop over memory: some 20 MB, so that they do not sit in the processor's cache.</summary>
    private const int InMemory = 20_000;

    public static async Task<bool> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("rounds", 5);
        var messages = arguments.Number("messages", 300_000);
        var payloads = Enumerable.Range(0, InMemory).Select(Payloads.Message).ToArray();
        Report.Title(
            $"decode: {messages} messages of {payloads.Average(payload => payload.Length):0} bytes, {rounds} rounds after a warm-up");
        await using var server = await ChildProcess.StartAsync(LoadServer.Verb, "--count", messages.ToString(CultureInfo.InvariantCulture));
        var address = new Uri($"ws://127.0.0.1:{server.Port}");
        var memory = new Samples();
        var decoder = new Samples();
        var bare = new[] { new Samples(), new Samples() };
        var ours = new[] { new Samples(), new Samples() };
        var bytes = new[] { new Samples(), new Samples() };
        for (var round = -1; round < rounds; round++)
        {
            var usage = new Usage();
            BareReader.ReadMemory(payloads, messages);
            usage.Note(round, messages, memory);
            usage = new Usage();
            DecodeMemory(payloads, messages);
            usage.Note(round, messages, decoder);
            for (var i = 0; i < 2; i++)
            {
                var zlib = i == 1;
                usage = new Usage();
                await BareReader.ReceiveAsync(address, zlib, messages, usage.Start);
                usage.Note(round, messages, bare[i]);
                usage = new Usage();
                await CollectAsync(address, zlib, messages, usage, () => usage.Note(round, messages, ours[i], bytes[i]));
            }
        }

        Report.Line("bare loop over memory, µs", memory.Show("0.00"));
        Report.Line("decoder over memory, µs", decoder.Show("0.00"));
        Report.Line("decoder over memory over the bare loop over memory", decoder.Over(memory).Show("0.00"));
        var report = new Report();
        foreach (var (i, name) in new[] { (0, "plain"), (1, "zlib-stream") })
        {
            Report.Line($"{name}: bare loop on the socket, µs", bare[i].Show("0.00"));
            Report.Line($"{name}: gateway and decoder, µs", ours[i].Show("0.00"));
            Report.Line($"{name}: bytes allocated a message", bytes[i].Show("0"));
            var ratio = ours[i].Over(bare[i]);
            Report.Line($"{name}: over the bare loop on the socket", ratio.Show("0.00"));
            Report.Line($"{name}: over the bare loop over memory", ours[i].Over(memory).Show("0.00"));
            report.Require($"{name}: at most {RequiredRatio:0} times the bare loop on the socket", ratio.Median <= RequiredRatio);
            report.Require($"{name}: under {RequiredBytes:0} bytes a message", bytes[i].Median < RequiredBytes);
        }

        return report.Met;
    }

    /// <summary>The collector's own reading of payloads that lie in memory: envelope and record, without a socket.</summary>
    private static void DecodeMemory(byte[][] payloads, int messages)
    {
        var decoder = new EventDecoder(new HashSet<Snowflake>());
        for (var i = 0; i < messages; i++)
        {
            var payload = payloads[i % payloads.Length].AsSpan();
            var envelope = EnvelopeReader.Read(payload, single: true);
            if (decoder.Decode(envelope.Type, payload[envelope.Data]) is not MessageCreated)
            {
                throw new InvalidDataException("A message was not read.");
            }
        }
    }

    private static async Task CollectAsync(Uri address, bool zlib, int messages, Usage usage, Action atLast)
    {
        var decoder = new EventDecoder(new HashSet<Snowflake>());
        var gateway = new GatewayClient(
            Pipeline.OptionsFor(zlib), _ => Task.FromResult(new GatewayBot(address, new SessionStartLimit(1_000, 1_000, TimeSpan.FromDays(1), 1))), permit: null, new GatewayStatus(), TimeProvider.System,
            NullLogger<GatewayClient>.Instance);
        var count = 0;
        await foreach (var dispatch in gateway.ReadAsync(null, CancellationToken.None))
        {
            if (decoder.Decode(dispatch.Type, dispatch.Data.Span) is not MessageCreated)
            {
                continue;
            }

            count++;
            if (count == 1)
            {
                usage.Start();
            }
            else if (count == messages)
            {
                atLast();
                break;
            }
        }
    }

    /// <summary>What this process used since the start.</summary>
    private sealed class Usage
    {
        private TimeSpan _cpu;
        private long _bytes;

        public Usage()
        {
            GC.Collect();
            Start();
        }

        public void Start()
        {
            _cpu = Environment.CpuUsage.TotalTime;
            _bytes = GC.GetTotalAllocatedBytes(precise: true);
        }

        public void Note(int round, int messages, Samples cpu, Samples? bytes = null)
        {
            var used = Environment.CpuUsage.TotalTime - _cpu;
            var allocated = GC.GetTotalAllocatedBytes(precise: true) - _bytes;
            if (round >= 0)
            {
                cpu.Add(used.TotalMicroseconds / messages);
                bytes?.Add((double)allocated / messages);
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Metricity.Testing;

namespace Metricity.Tests.Testing;

/// <summary>Whether an engine is there, asked of sockets that behave as engines do and do not.</summary>
public sealed class DockerEngineTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("metricity-engine");

    public void Dispose()
    {
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Missing_socket_is_no_engine()
    {
        Assert.Null(await DockerEngine.FindAsync([SocketAt("nobody")], TimeProvider.System));
    }

    [Fact]
    public async Task Socket_that_nobody_listens_to_any_more_is_no_engine()
    {
        using (Listen("left"))
        {
        }

        File.WriteAllText(Path.Combine(_directory.FullName, "left"), "");
        Assert.Null(await DockerEngine.FindAsync([SocketAt("left")], TimeProvider.System));
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\nApi-Version: 1.51\r\n\r\nOK")]
    [InlineData("HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n")]
    public async Task Socket_that_answers_the_ping_is_an_engine(string answer)
    {
        using var engine = Listen("docker.sock");
        var answering = AnswerAsync(engine, answer);

        var found = await DockerEngine.FindAsync([SocketAt("docker.sock")], TimeProvider.System);

        Assert.Equal(SocketAt("docker.sock"), found);
        Assert.StartsWith("GET /_ping HTTP/1.0\r\n", await answering, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loopback_port_that_answers_the_ping_is_an_engine()
    {
        using var engine = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        engine.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        engine.Listen();
        var endpoint = new Uri($"tcp://127.0.0.1:{((IPEndPoint)engine.LocalEndPoint!).Port}");
        var answering = AnswerAsync(engine, "HTTP/1.0 200 OK\r\n\r\nOK");

        Assert.Equal(endpoint, await DockerEngine.FindAsync([endpoint], TimeProvider.System));
        await answering;
    }

    [Theory]
    [InlineData("HTTP/1.0 503 Service Unavailable\r\n\r\n")]
    [InlineData("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")]
    [InlineData("220 mail.example ESMTP ready, HTTP/1.0 200\r\n")]
    [InlineData("HTTP")]
    [InlineData("")]
    public async Task Socket_that_answers_something_else_is_no_engine(string answer)
    {
        using var engine = Listen("docker.sock");
        var answering = AnswerAsync(engine, answer);

        Assert.Null(await DockerEngine.FindAsync([SocketAt("docker.sock")], TimeProvider.System));
        await answering;
    }

    [Fact]
    public async Task Socket_that_accepts_and_never_answers_is_left_for_the_next_at_the_limit()
    {
        var time = new WatchedTimeProvider();
        using var silent = Listen("silent");
        using var engine = Listen("docker.sock");
        var answering = AnswerAsync(engine, "HTTP/1.0 200 OK\r\n\r\nOK");

        var finding = DockerEngine.FindAsync([SocketAt("silent"), SocketAt("docker.sock")], time);
        using var connection = await silent.AcceptAsync();
        await ReadAsync(connection);
        time.Advance(DockerEngine.Limit - TimeSpan.FromTicks(1));
        Assert.False(finding.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(SocketAt("docker.sock"), await finding.WaitAsync(Eventually.Limit));
        await answering;
    }

    [Fact]
    public async Task Socket_that_never_accepts_is_left_at_the_limit()
    {
        var time = new WatchedTimeProvider();
        using var full = Listen("full");

        // Its queue takes the connection and the ping; nobody ever looks into it.
        var finding = DockerEngine.FindAsync([SocketAt("full")], time);
        await time.TimerArmedAsync(DockerEngine.Limit);
        time.Advance(DockerEngine.Limit);

        Assert.Null(await finding.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task Path_that_is_too_long_for_a_socket_is_no_engine()
    {
        Assert.Null(await DockerEngine.FindAsync([SocketAt(new string('a', 200))], TimeProvider.System));
    }

    /// <summary>A name that does not exist: it would be looked up, and fail, if it were tried.</summary>
    [Theory]
    [InlineData("tcp://docker.invalid:2376")]
    [InlineData("ssh://somebody@docker.invalid")]
    [InlineData("npipe://./pipe/docker_engine")]
    public async Task Engine_on_another_machine_is_not_used(string endpoint)
    {
        Assert.Null(await DockerEngine.FindAsync([new Uri(endpoint)], TimeProvider.System));
    }

    [Fact]
    public void Sockets_of_the_machine_come_before_the_users_own_and_missing_ones_are_left_out()
    {
        string? Environment(string name) => name switch { "HOME" => "/home/ann", "XDG_RUNTIME_DIR" => "/run/user/1000", _ => null };

        Assert.Equal(
            [
                new Uri("unix:///var/run/docker.sock"), new Uri("unix:///home/ann/.docker/run/docker.sock"),
                new Uri("unix:///run/user/1000/docker.sock"),
            ],
            DockerEngine.Candidates(Environment, _ => true));
        Assert.Equal(
            [new Uri("unix:///run/user/1000/docker.sock")],
            DockerEngine.Candidates(Environment, path => path.StartsWith("/run/user", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("unix:///run/podman/podman.sock", "unix:///run/podman/podman.sock")]
    [InlineData("no address", null)]
    public void Given_host_is_the_only_candidate(string host, string? candidate)
    {
        var candidates = DockerEngine.Candidates(name => name == "DOCKER_HOST" ? host : null, _ => true);

        Assert.Equal(candidate is null ? [] : [new Uri(candidate)], candidates);
    }

    private Uri SocketAt(string name) => new($"unix://{_directory.FullName}/{name}");

    private Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory.FullName, name)));
        socket.Listen();
        return socket;
    }

    /// <returns>What was asked.</returns>
    private static async Task<string> AnswerAsync(Socket engine, string answer)
    {
        using var connection = await engine.AcceptAsync();
        var request = await ReadAsync(connection);
        await connection.SendAsync(Encoding.ASCII.GetBytes(answer));
        return request;
    }

    private static async Task<string> ReadAsync(Socket connection)
    {
        var buffer = new byte[1024];
        var request = "";
        while (!request.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            request += Encoding.ASCII.GetString(buffer, 0, await connection.ReceiveAsync(buffer));
        }

        return request;
    }
}

using Metricity.Database;
using Npgsql;

namespace Metricity.Tests.Database;

public sealed class ConnectionStringsTests
{
    [Theory]
    [InlineData("postgres://ann:pw@db.example:5433/metricity")]
    [InlineData("postgresql://ann:pw@db.example:5433/metricity")]
    [InlineData("postgresql+asyncpg://ann:pw@db.example:5433/metricity")]
    [InlineData("postgresql+psycopg2://ann:pw@db.example:5433/metricity")]
    [InlineData("  postgresql://ann:pw@db.example:5433/metricity\n")]
    [InlineData("postgresql://db.example:5433/metricity?user=ann&password=pw")]
    [InlineData("postgresql:///metricity?host=db.example&port=5433&user=ann&password=pw")]
    [InlineData("Host=db.example;Port=5433;Username=ann;Password=pw;Database=metricity")]
    [InlineData("Server=db.example;Port=5433;User Id=ann;Pwd=pw;DB=metricity")]
    public void Every_form_names_the_same_database(string text)
    {
        var parsed = Parse(text);

        Assert.Equal("db.example", parsed.Host);
        Assert.Equal(5433, parsed.Port);
        Assert.Equal("ann", parsed.Username);
        Assert.Equal("pw", parsed.Password);
        Assert.Equal("metricity", parsed.Database);
    }

    [Fact]
    public void Port_not_given_is_postgresql_s_own()
    {
        Assert.Equal(5432, Parse("postgresql://ann@db.example/metricity").Port);
    }

    [Fact]
    public void User_and_password_are_percent_decoded()
    {
        var parsed = Parse("postgresql://a%40b:p%2Fw%3A%3F%23+%25@db.example/my%20db");

        Assert.Equal("a@b", parsed.Username);
        Assert.Equal("p/w:?#+%", parsed.Password);
        Assert.Equal("my db", parsed.Database);
    }

    [Fact]
    public void Password_with_an_at_sign_that_is_not_encoded_is_taken_up_to_the_last_one()
    {
        var parsed = Parse("postgresql://ann:p@ss@db.example/metricity");

        Assert.Equal("p@ss", parsed.Password);
        Assert.Equal("db.example", parsed.Host);
    }

    [Fact]
    public void Password_with_a_slash_that_is_not_encoded_does_not_end_the_host()
    {
        var parsed = Parse("postgresql://ann:p/ss@db.example/metricity");

        Assert.Equal("p/ss", parsed.Password);
        Assert.Equal("db.example", parsed.Host);
    }

    [Fact]
    public void Password_with_a_semicolon_and_a_quote_stays_one_value()
    {
        Assert.Equal("a;Host=evil\"'", Parse("postgresql://ann:a;Host=evil%22'@db.example/metricity").Password);
    }

    [Theory]
    [InlineData("postgresql://ann@[::1]:5433/metricity", "::1", 5433)]
    [InlineData("postgresql://ann@[2001:db8::1]/metricity", "2001:db8::1", 5432)]
    public void Host_may_be_an_ipv6_address(string text, string host, int port)
    {
        var parsed = Parse(text);

        Assert.Equal(host, parsed.Host);
        Assert.Equal(port, parsed.Port);
    }

    [Theory]
    [InlineData("postgresql://ann@%2Fvar%2Frun%2Fpostgresql/metricity")]
    [InlineData("postgresql://ann@/metricity?host=/var/run/postgresql")]
    public void Host_may_be_the_directory_of_a_unix_socket(string text)
    {
        Assert.Equal("/var/run/postgresql", Parse(text).Host);
    }

    [Fact]
    public void Several_hosts_are_kept_with_their_ports()
    {
        Assert.Equal("a:5433,b", Parse("postgresql://ann@a:5433,b/metricity?target_session_attrs=read-write").Host);
    }

    [Fact]
    public void Host_not_given_in_a_uri_is_this_machine()
    {
        Assert.Equal("localhost", Parse("postgresql:///metricity").Host);
    }

    [Theory]
    [InlineData("sslmode=require", SslMode.Require)]
    [InlineData("sslmode=disable", SslMode.Disable)]
    [InlineData("sslmode=prefer", SslMode.Prefer)]
    [InlineData("sslmode=allow", SslMode.Allow)]
    [InlineData("sslmode=verify-ca", SslMode.VerifyCA)]
    [InlineData("sslmode=verify-full", SslMode.VerifyFull)]
    [InlineData("ssl=require", SslMode.Require)]
    [InlineData("ssl=true", SslMode.Require)]
    [InlineData("ssl=false", SslMode.Disable)]
    public void Encryption_is_taken_from_sslmode_and_ssl(string query, SslMode expected)
    {
        Assert.Equal(expected, Parse($"postgresql://ann@db.example/metricity?{query}").SslMode);
    }

    [Theory]
    [InlineData("postgresql://ann:pw@db.example/metricity", GssEncryptionMode.Disable)]
    [InlineData("Host=db.example;Username=ann;Password=pw", GssEncryptionMode.Disable)]
    [InlineData("Host=db.example;Username=ann;Password=pw;GSS Encryption Mode=Prefer", GssEncryptionMode.Prefer)]
    public void Kerberos_encryption_is_tried_only_when_asked_for(string text, GssEncryptionMode expected)
    {
        Assert.Equal(expected, Parse(text).GssEncryptionMode);
    }

    [Theory]
    [InlineData("sslmode=require&channel_binding=require", "Channel Binding=Require")]
    [InlineData("sslmode=require&sslnegotiation=direct", "SSL Negotiation=Direct")]
    [InlineData("gssencmode=prefer", "GSS Encryption Mode=Prefer")]
    [InlineData("keepalives=1&keepalives_idle=30&keepalives_interval=10", "TCP Keepalive=True;TCP Keepalive Time=30;TCP Keepalive Interval=10")]
    [InlineData("require_auth=scram-sha-256", "Require Auth=ScramSHA256")]
    [InlineData("options=endpoint%3Dep-cool-darkness", "Options=endpoint=ep-cool-darkness")]
    public void Parameters_that_providers_hand_out_are_honoured(string query, string expected)
    {
        Assert.True(ConnectionStrings.TryParse($"postgresql://ann@db/x?{query}", out var text, out var error, out var ignored), error);

        var parsed = new NpgsqlConnectionStringBuilder(text);
        Assert.All(new NpgsqlConnectionStringBuilder(expected), pair => Assert.Equal(pair.Value, parsed[pair.Key]));
        Assert.Empty(ignored);
    }

    [Theory]
    [InlineData("postgresql://ann@db/x?client_encoding=utf8")]
    [InlineData("postgresql://ann@db/x?client_encoding=latin1", "client_encoding")]
    [InlineData("postgresql://ann@db/x?keepalives_count=3&tcp_user_timeout=5", "keepalives_count", "tcp_user_timeout")]
    [InlineData("postgresql://ann@db/x?pgbouncer=false&connection_limit=1&schema=public", "pgbouncer", "connection_limit", "schema")]
    [InlineData("postgresql://ann@db/x?target_session_attrs=read-write", "target_session_attrs (there is one host)")]
    [InlineData("Host=db;Target Session Attributes=primary;Multiplexing=true", "target_session_attrs (there is one host)", "Multiplexing")]
    [InlineData("postgresql://ann@a,b/x?target_session_attrs=read-write")]
    public void Parameters_that_mean_nothing_here_are_ignored_and_named(string text, params string[] expected)
    {
        Assert.True(ConnectionStrings.TryParse(text, out var connectionString, out var error, out var ignored), error);

        Assert.Equal(expected, ignored);
        using var source = StorageDataSource.Create(new StorageOptions
        {
            ConnectionString = connectionString,
            GuildSchemas = new Dictionary<Metricity.Events.Snowflake, string>(),
        });
    }

    [Fact]
    public void Settings_of_the_python_drivers_are_ignored()
    {
        Assert.Equal("db.example", Parse("postgresql+asyncpg://ann@db.example/metricity?prepared_statement_cache_size=0").Host);
    }

    [Theory]
    [InlineData("", "neither a URI")]
    [InlineData("canary", "neither a URI")]
    [InlineData("mysql://ann:canary@db/x", "another scheme")]
    [InlineData("postgresql://ann:canary@db:port/x", "port")]
    [InlineData("postgresql://ann:canary@db:99999/x", "port")]
    [InlineData("postgresql://ann:canary@db/x?sslmod=canary", "parameter 'sslmod' after the ?")]
    [InlineData("postgresql://ann:canary@pool:6543/x?pgbouncer=true&connection_limit=1", "pools by transaction")]
    [InlineData("postgresql://ann:canary@db/x?sslmode=canary", "'SSL Mode'")]
    [InlineData("Host=db;Password=a;canary", "no valid form")]
    [InlineData("Host=db;Password=a;canary=b", "keyword that Npgsql does not know")]
    [InlineData("Host=db;Port=canary", "'port'")]
    [InlineData("Username=ann;Password=canary", "names no host")]
    [InlineData("Host=;Password=canary", "names no host")]
    public void Error_names_what_is_wrong_and_quotes_nothing(string text, string expected)
    {
        var ok = ConnectionStrings.TryParse(text, out var connectionString, out var error, out _);

        Assert.False(ok);
        Assert.Null(connectionString);
        Assert.Contains(expected, error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("canary", error, StringComparison.Ordinal);
    }

    private static NpgsqlConnectionStringBuilder Parse(string text)
    {
        Assert.True(ConnectionStrings.TryParse(text, out var connectionString, out var error, out _), error);

        return new NpgsqlConnectionStringBuilder(connectionString);
    }
}

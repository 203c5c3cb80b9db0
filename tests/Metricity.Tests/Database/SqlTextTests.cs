using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.Tests.Database;

/// <summary>What the SQL of program and migrations must not say, for the sake of the oldest PostgreSQL that Metricity takes.</summary>
public sealed partial class SqlTextTests
{
    /// <summary>extract() gives double precision up to PostgreSQL 13, which round(…, 1) does not take, and numeric from 14 on.</summary>
    [Fact]
    public void Seconds_that_are_extracted_are_cast()
    {
        var uses = new[] { "src", "migrations" }
            .SelectMany(folder => new[] { "*.cs", "*.sql" }.SelectMany(pattern => Repository.Files(folder, pattern)))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(path => ExtractedSeconds().Matches(File.ReadAllText(path)).Select(use => $"{Path.GetFileName(path)}: {use.Value}"))
            .ToList();

        Assert.NotEmpty(uses);
        Assert.All(uses, use => Assert.Matches("::(numeric|bigint|integer)$", use));
    }

    /// <summary>With what follows the closing parenthesis.</summary>
    [GeneratedRegex(@"extract\(epoch from (?>[^()]+|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)(::\w+)?", RegexOptions.IgnoreCase)]
    private static partial Regex ExtractedSeconds();
}

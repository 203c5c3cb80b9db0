using System.Globalization;

namespace Metricity.Benchmarks;

/// <summary>A verb and options of the form <c>--name number</c> or <c>--name text</c>.</summary>
internal sealed class Arguments(string[] args)
{
    public string Verb => args is [var verb, ..] ? verb : "";

    public string? Text(string name)
    {
        var index = Array.IndexOf(args, "--" + name);

        return index < 0 || index + 1 >= args.Length ? null : args[index + 1];
    }

    public int Number(string name, int fallback)
    {
        var index = Array.IndexOf(args, "--" + name);

        return index < 0 || index + 1 >= args.Length
            ? fallback
            : int.TryParse(args[index + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new ArgumentException($"--{name} takes a whole number.");
    }
}

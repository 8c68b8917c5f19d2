namespace ClassicBroker.Tools.Arguments;

/// <summary>One option of a tool whose command line follows argparse4j. Immutable; made by <see cref="ArgumentParser"/>.</summary>
internal sealed class ArgumentSpec
{
    /// <summary>The names, the one that errors use first: <c>--bootstrap-server</c>, <c>-b</c>.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>What stands for the value in help; null for an option without one.</summary>
    public string? Metavar { get; init; }

    public string Help { get; init; } = "";

    /// <summary>The value where the option is absent.</summary>
    public string? Default { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>Whether all words up to the next option are values.</summary>
    public bool TakesMany { get; init; }

    /// <summary>Options of which only one may be given; null for an option that stands alone.</summary>
    public ExclusiveGroup? Group { get; init; }

    /// <summary>The option in a usage line, without the brackets of one that may be left out.</summary>
    public string Syntax =>
        Metavar is null ? Names[0] : TakesMany ? $"{Names[0]} {Metavar} [{Metavar} ...]" : $"{Names[0]} {Metavar}";
}

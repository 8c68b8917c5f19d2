namespace ClassicBroker.Tools.Options;

/// <summary>
/// One option a tool knows: its name, what follows it, and the text help shows. Immutable; made by <see cref="OptionParser"/>.
/// </summary>
internal sealed class OptionSpec
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public OptionArgument Argument { get; init; }

    /// <summary>Whether help leaves the option out: Kafka 3.9 does not have it, and older scripts use it.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Whether help marks it as one that must be given.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The type help shows before the argument's description, such as <c>Integer</c>.</summary>
    public string ArgumentType { get; init; } = "String";

    public string? ArgumentDescription { get; init; }

    /// <summary>Values taken where the option is absent; shown by help.</summary>
    public string? Default { get; init; }

    /// <summary>The option as the left column of help shows it: <c>--topic &lt;String: topic&gt;</c>.</summary>
    public string Syntax
    {
        get
        {
            var leader = (IsRequired ? "* " : "") + (Name.Length == 1 ? "-" + Name : "--" + Name);
            var argument = ArgumentDescription is null ? ArgumentType : $"{ArgumentType}: {ArgumentDescription}";
            return Argument switch
            {
                OptionArgument.None => leader,
                OptionArgument.Required => $"{leader} <{argument}>",
                _ => $"{leader} [{argument}]",
            };
        }
    }

    /// <summary>The description with the default value behind it, as the right column of help shows it.</summary>
    public string DescriptionWithDefault => Default is null ? Description : $"{Description} (default: {Default})";
}

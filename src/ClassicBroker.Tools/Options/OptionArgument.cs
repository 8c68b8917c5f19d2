namespace ClassicBroker.Tools.Options;

/// <summary>Whether a value follows an option.</summary>
internal enum OptionArgument
{
    None,

    /// <summary>The next word is the value, whatever it looks like.</summary>
    Required,

    /// <summary>The next word is the value unless it looks like an option.</summary>
    Optional,
}

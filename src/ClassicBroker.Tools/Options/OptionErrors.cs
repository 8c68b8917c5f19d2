namespace ClassicBroker.Tools.Options;

/// <summary>How a tool answers words it cannot read as its options. Kafka's tools differ in it.</summary>
internal enum OptionErrors
{
    /// <summary>The sentence above the table of options.</summary>
    Usage,

    /// <summary>As any other failure of the tool, under the name of jopt-simple's exception.</summary>
    Failure,

    /// <summary>The sentence alone.</summary>
    Terse,
}

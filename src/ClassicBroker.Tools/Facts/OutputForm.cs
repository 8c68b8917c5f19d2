namespace ClassicBroker.Tools.Facts;

/// <summary>The forms that <c>--output</c> knows, beside a tool's own text.</summary>
internal enum OutputForm
{
    /// <summary>One line of JSON.</summary>
    Json,

    /// <summary>Columns for people, one table for each list.</summary>
    Table,

    /// <summary>The JSON document as block YAML.</summary>
    Yaml,
}

namespace ClassicBroker.Tools.Facts;

/// <summary>
/// <c>--output json|table|yaml</c>, which every tool takes that prints facts. Kafka's tools do not have it, so that it is taken out of the
/// words before a tool sees them, and their help stays Kafka's. Stateless.
/// </summary>
internal static class OutputOption
{
    public const string Name = "--output";

    /// <summary>The words without the option, and the form it asks for; null where it is absent.</summary>
    /// <exception cref="ToolException">The form is missing or not known.</exception>
    public static (string[] Others, OutputForm? Form) Take(string[] words)
    {
        List<string> rest = [];
        OutputForm? form = null;
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == "--")
            {
                rest.AddRange(words[i..]);
                break;
            }

            if (words[i] == Name)
            {
                form = FormOf(i + 1 < words.Length ? words[++i] : "");
            }
            else if (words[i].StartsWith(Name + "=", StringComparison.Ordinal))
            {
                form = FormOf(words[i][(Name.Length + 1)..]);
            }
            else
            {
                rest.Add(words[i]);
            }
        }

        return ([.. rest], form);
    }

    private static OutputForm FormOf(string word) =>
        word switch
        {
            "json" => OutputForm.Json,
            "table" => OutputForm.Table,
            "yaml" => OutputForm.Yaml,
            _ => throw new ToolException($"Invalid value '{word}' of option [output]. Valid values are: json, table, yaml"),
        };
}

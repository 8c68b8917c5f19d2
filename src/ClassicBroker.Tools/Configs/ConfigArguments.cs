using System.Text;

namespace ClassicBroker.Tools.Configs;

/// <summary>Reads what <c>--add-config</c> and <c>--delete-config</c> say. Stateless.</summary>
internal static class ConfigArguments
{
    /// <summary>Reads <c>k1=v1,k2=[a,b],k3=</c>: brackets keep commas together and are dropped.</summary>
    /// <exception cref="ToolException">A part has no equals sign.</exception>
    public static Dictionary<string, string> Parse(string text)
    {
        var configs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in SplitOutsideBrackets(text))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ToolException(
                    "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\".");
            }

            var value = part[(equals + 1)..].Trim();
            configs[part[..equals].Trim()] = value.StartsWith('[') && value.EndsWith(']') ? value[1..^1] : value;
        }

        return configs;
    }

    /// <summary>Keys separated by commas.</summary>
    public static string[] Keys(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <exception cref="ToolException">One of <paramref name="deleted"/> is not among what there is.</exception>
    public static void RequirePresent(IEnumerable<string> deleted, IReadOnlyCollection<string> present)
    {
        var absent = deleted.Where(key => !present.Contains(key)).ToArray();
        if (absent.Length > 0)
        {
            throw new ToolException($"Invalid config(s): {string.Join(",", absent)}");
        }
    }

    private static List<string> SplitOutsideBrackets(string text)
    {
        List<string> parts = [];
        var part = new StringBuilder();
        var depth = 0;
        foreach (var letter in text)
        {
            depth += letter == '[' ? 1 : letter == ']' ? -1 : 0;
            if (letter == ',' && depth == 0)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(letter);
            }
        }

        parts.Add(part.ToString());
        return parts.Where(each => each.Trim().Length > 0).ToList();
    }
}

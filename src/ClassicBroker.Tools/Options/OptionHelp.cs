using System.Text;

namespace ClassicBroker.Tools.Options;

/// <summary>
/// The table of options as jopt-simple's formatter lays it out in 80 columns: two columns, each wrapped with an indent of two from its
/// second line on, both padded with spaces.
/// </summary>
internal static class OptionHelp
{
    private const int Width = 80;
    private const int Separator = 2;
    private const int Indent = 2;

    public static string Format(OptionParser parser)
    {
        var title = parser.Specs.Any(spec => spec.IsRequired) ? "Option (* = required)" : "Option";
        List<(string Option, string Description)> rows = [(title, "Description"), (new string('-', title.Length), "-----------")];
        rows.AddRange(parser.Specs.Where(spec => !spec.IsHidden).Select(spec => (spec.Syntax, spec.DescriptionWithDefault)));
        var left = Math.Min((Width - Separator) / 2, rows.Max(row => row.Option.Length));
        var right = Math.Min(Width - Separator - left, rows.Max(row => row.Description.Length));
        var table = new StringBuilder();
        foreach (var (option, description) in rows)
        {
            AppendRow(table, Wrap(option, left), left, Wrap(description, right), right);
        }

        return table.ToString();
    }

    private static void AppendRow(StringBuilder table, List<string> option, int left, List<string> description, int right)
    {
        for (var line = 0; line < Math.Max(option.Count, description.Count); line++)
        {
            table.Append((line < option.Count ? option[line] : "").PadRight(left))
                .Append(' ', Separator)
                .Append((line < description.Count ? description[line] : "").PadRight(right))
                .Append('\n');
        }
    }

    private static List<string> Wrap(string text, int width)
    {
        List<string> lines = [];
        foreach (var paragraph in text.Trim().Split('\n'))
        {
            WrapParagraph(lines, paragraph, width);
        }

        return lines;
    }

    private static void WrapParagraph(List<string> lines, string paragraph, int width)
    {
        var line = new StringBuilder();
        for (var start = 0; start < paragraph.Length;)
        {
            var end = NextBreak(paragraph, start);
            if (line.Length + end - start > width)
            {
                lines.Add(line.ToString().TrimEnd());
                line.Clear().Append(' ', Indent);
            }

            line.Append(paragraph, start, end - start);
            start = end;
        }

        if (line.Length > 0)
        {
            lines.Add(line.ToString());
        }
    }

    /// <summary>A line may break behind spaces, and behind a hyphen or other punctuation that a letter follows.</summary>
    private static int NextBreak(string text, int start)
    {
        var end = start;
        while (end < text.Length && text[end] != ' ')
        {
            end++;
            if (end < text.Length && text[end - 1] is '-' or '.' or '/' or ',' or ':' && char.IsLetter(text[end]))
            {
                return end;
            }
        }

        while (end < text.Length && text[end] == ' ')
        {
            end++;
        }

        return end;
    }
}

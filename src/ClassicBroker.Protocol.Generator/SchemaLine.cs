namespace ClassicBroker.Protocol.Generator;

/// <summary>A line of a schema file that is neither blank nor a comment: its depth in steps of four spaces, and its words.</summary>
internal sealed class SchemaLine(int number, int depth, string[] words)
{
    private const int SpacesPerStep = 4;

    private static readonly char[] Blank = [' '];

    public int Number { get; } = number;

    public int Depth { get; } = depth;

    public string[] Words { get; } = words;

    public static List<SchemaLine> Split(string text, List<SchemaError> errors)
    {
        var lines = new List<SchemaLine>();
        var number = -1;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd();
            var content = line.TrimStart(' ');
            if (content.Length == 0 || content[0] == '#')
            {
                continue;
            }

            var indent = line.Length - content.Length;
            if (content[0] == '\t' || indent % SpacesPerStep != 0)
            {
                errors.Add(new(number, "indent in steps of four spaces"));
                continue;
            }

            lines.Add(new(number, indent / SpacesPerStep, content.Split(Blank, StringSplitOptions.RemoveEmptyEntries)));
        }

        return lines;
    }
}

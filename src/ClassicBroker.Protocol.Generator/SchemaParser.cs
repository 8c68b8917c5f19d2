using System.Globalization;

namespace ClassicBroker.Protocol.Generator;

/// <summary>
/// Reads the notation of <c>Schemas/README.md</c>. Goes on after a mistake, so that one build shows all of a file's; what a file
/// with mistakes declares is not to be used.
/// </summary>
internal sealed class SchemaParser
{
    private readonly SchemaFile _file = new();
    private readonly List<SchemaLine> _lines;
    private int _next;

    private SchemaParser(string text)
    {
        _lines = SchemaLine.Split(text, _file.Errors);
    }

    private bool AtEnd => _next == _lines.Count;

    private SchemaLine Line => _lines[_next];

    public static SchemaFile Parse(string text)
    {
        var parser = new SchemaParser(text);
        parser.ParseDeclarations();
        return parser._file;
    }

    private void ParseDeclarations()
    {
        while (!AtEnd)
        {
            var line = Line;
            var kind = line.Words[0];
            if (line.Depth != 0 || line.Words.Length != 2 || kind is not ("api" or "data"))
            {
                Fail(line, "expected 'api NAME' or 'data NAME'");
                _next++;
                continue;
            }

            _next++;
            var attributes = ParseAttributes(line);
            if (kind == "api")
            {
                ParseApi(line, attributes);
            }
            else if (ParseMessage("fields", line.Words[1], line, attributes) is { } message)
            {
                _file.Data.Add(message);
            }
        }
    }

    private SchemaAttributes ParseAttributes(SchemaLine declaration)
    {
        var attributes = new SchemaAttributes();
        while (!AtEnd && Line.Depth == 1)
        {
            if (attributes.Accept(Line.Words) is { } complaint)
            {
                Fail(Line, complaint);
            }

            _next++;
        }

        if (attributes.Complete() is { } missing)
        {
            Fail(declaration, missing);
        }

        return attributes;
    }

    private void ParseApi(SchemaLine declaration, SchemaAttributes attributes)
    {
        var name = declaration.Words[1];
        var request = ParseMessage("request", name + "Request", declaration, attributes);
        var response = ParseMessage("response", name + "Response", declaration, attributes);
        if (attributes.Key is not { } key)
        {
            Fail(declaration, "an api has a key");
        }
        else if (request is not null && response is not null)
        {
            _file.Errors.AddRange(ErrorSourceCheck.Faults(request, response));
            _file.Apis.Add(new(name, key, attributes.Deprecated, request, response));
        }
    }

    private MessageSchema? ParseMessage(string section, string name, SchemaLine declaration, SchemaAttributes attributes)
    {
        if (AtEnd || Line.Depth != 0 || Line.Words.Length != 1 || Line.Words[0] != section)
        {
            Fail(AtEnd ? declaration : Line, $"expected '{section}'");
            return null;
        }

        var body = new StructSchema(name, Line.Number);
        _next++;
        ParseFields(body, 1, attributes.Versions);
        var shared = new List<StructSchema>();
        while (!AtEnd && Line.Depth == 0 && Line.Words[0] == "struct" && Line.Words.Length == 2)
        {
            var structure = new StructSchema(Line.Words[1], Line.Number);
            _next++;
            ParseFields(structure, 1, attributes.Versions);
            shared.Add(structure);
        }

        var message = new MessageSchema(body, attributes.Versions, attributes.Flexible);
        foreach (var error in MessageResolver.Resolve(message, shared))
        {
            _file.Errors.Add(error);
        }

        return message;
    }

    private void ParseFields(StructSchema owner, int depth, VersionRange versions)
    {
        while (!AtEnd && Line.Depth >= depth)
        {
            var line = Line;
            _next++;
            if (line.Depth > depth)
            {
                Fail(line, "indented deeper than the structure it is in");
                continue;
            }

            var field = ParseField(line, versions);
            if (field is null)
            {
                continue;
            }

            owner.Fields.Add(field);
            if (!AtEnd && Line.Depth == depth + 1)
            {
                field.Struct = new StructSchema(field.TypeName, line.Number);
                ParseFields(field.Struct, depth + 1, field.Versions);
            }
        }
    }

    private FieldSchema? ParseField(SchemaLine line, VersionRange parent)
    {
        var words = line.Words;
        if (words.Length < 2 || !char.IsUpper(words[0][0]) || !words[0].All(char.IsLetterOrDigit))
        {
            Fail(line, "expected 'Name type [versions] [tag N] [= default] [from NAME [versions]] [failed VALUE] [ignorable]'");
            return null;
        }

        var type = words[1];
        var isArray = type.StartsWith("[]", StringComparison.Ordinal);
        var bare = isArray ? type.Substring(2) : type;
        var mark = bare.IndexOf('?');
        var field = new FieldSchema(words[0], mark < 0 ? bare : bare.Substring(0, mark), line.Number)
        {
            IsArray = isArray,
            Versions = parent,
        };
        ParseModifiers(line, field, parent);
        if (mark >= 0)
        {
            ParseNullability(line, field, bare.Substring(mark + 1), parent.High);
        }

        return field;
    }

    private void ParseModifiers(SchemaLine line, FieldSchema field, VersionRange parent)
    {
        var words = line.Words;
        for (var i = 2; i < words.Length; i++)
        {
            var word = words[i];
            var following = i + 1 < words.Length ? words[i + 1] : null;
            if (i == 2 && char.IsDigit(word[0]))
            {
                ParseVersions(line, field, word, parent);
            }
            else if (word == "tag" && int.TryParse(following, NumberStyles.None, CultureInfo.InvariantCulture, out var tag))
            {
                field.Tag = tag;
                i++;
            }
            else if (word == "=" && following is not null)
            {
                field.Default = following;
                i++;
            }
            else if (word == "from" && following is not null)
            {
                field.ErrorSources.Add(new(following, field.Versions));
                i++;
                if (i + 1 < words.Length && char.IsDigit(words[i + 1][0]))
                {
                    ParseSourceVersions(line, field, words[++i], parent);
                }
            }
            else if (word == "failed" && following is not null)
            {
                field.FailedValue = following;
                i++;
            }
            else if (word == "ignorable")
            {
                field.Ignorable = true;
            }
            else if (word == "inflexible")
            {
                field.Inflexible = true;
            }
            else
            {
                Fail(line, $"'{word}' is not understood here");
            }
        }
    }

    private void ParseVersions(SchemaLine line, FieldSchema field, string word, VersionRange parent)
    {
        if (!VersionRange.TryParse(word, parent.High, out var versions))
        {
            Fail(line, $"'{word}' is not a version range");
        }
        else if (!parent.Covers(versions))
        {
            Fail(line, $"versions {word} go beyond the {parent} of what they are in");
        }
        else
        {
            field.Versions = versions;
        }
    }

    private void ParseSourceVersions(SchemaLine line, FieldSchema field, string word, VersionRange parent)
    {
        if (VersionRange.TryParse(word, parent.High, out var versions) && field.Versions.Covers(versions))
        {
            field.ErrorSources[field.ErrorSources.Count - 1].Versions = versions;
        }
        else
        {
            Fail(line, $"'{word}' is not a version range within {field.Versions}");
        }
    }

    private void ParseNullability(SchemaLine line, FieldSchema field, string range, int highest)
    {
        if (range.Length == 0)
        {
            field.Nullable = field.Versions;
        }
        else if (VersionRange.TryParse(range, highest, out var nullable) && field.Versions.Covers(nullable))
        {
            field.Nullable = nullable;
        }
        else
        {
            Fail(line, $"'?{range}' is not a version range within {field.Versions}");
        }
    }

    private void Fail(SchemaLine line, string message) => _file.Errors.Add(new(line.Number, message));
}

using System.Globalization;

namespace ClassicBroker.Protocol.Generator;

/// <summary>Binds the type names of one message to primitives and structures, and checks what a single line cannot show.</summary>
internal sealed class MessageResolver
{
    private static readonly Dictionary<string, FieldKind> Primitives = new(StringComparer.Ordinal)
    {
        ["bool"] = FieldKind.Bool,
        ["int8"] = FieldKind.Int8,
        ["int16"] = FieldKind.Int16,
        ["int32"] = FieldKind.Int32,
        ["int64"] = FieldKind.Int64,
        ["float64"] = FieldKind.Float64,
        ["uuid"] = FieldKind.Uuid,
        ["error"] = FieldKind.Error,
        ["string"] = FieldKind.String,
        ["bytes"] = FieldKind.Bytes,
        ["records"] = FieldKind.Records,
    };

    private readonly MessageSchema _message;
    private readonly Dictionary<string, StructSchema> _structs = new(StringComparer.Ordinal);
    private readonly HashSet<StructSchema> _visited = [];
    private readonly List<SchemaError> _errors = [];

    private MessageResolver(MessageSchema message)
    {
        _message = message;
    }

    public static List<SchemaError> Resolve(MessageSchema message, List<StructSchema> shared)
    {
        var resolver = new MessageResolver(message);
        foreach (var structure in shared)
        {
            resolver.Declare(structure);
        }

        resolver.DeclareInline(message.Body);
        foreach (var structure in shared)
        {
            resolver.DeclareInline(structure);
        }

        message.Body.Versions = message.Versions;
        resolver.Bind(message.Body, message.Versions);
        foreach (var structure in shared.Where(structure => !resolver._visited.Contains(structure)))
        {
            resolver.Fail(structure.Line, $"struct {structure.Name} is not used");
        }

        return resolver._errors;
    }

    private void Declare(StructSchema structure)
    {
        if (_structs.ContainsKey(structure.Name))
        {
            Fail(structure.Line, $"struct {structure.Name} is declared twice");
            return;
        }

        if (structure.Name.Length == 0 || !char.IsUpper(structure.Name[0]))
        {
            Fail(structure.Line, $"'{structure.Name}' is not a name for a struct");
        }

        _structs.Add(structure.Name, structure);
    }

    private void DeclareInline(StructSchema owner)
    {
        foreach (var field in owner.Fields.Where(field => field.Struct is not null))
        {
            Declare(field.Struct!);
            DeclareInline(field.Struct!);
        }
    }

    private void Bind(StructSchema structure, VersionRange versions)
    {
        // A shared struct is met once for each use; it can occur wherever any of them can.
        if (!_visited.Add(structure))
        {
            structure.Versions = new(
                Math.Min(structure.Versions.Low, versions.Low),
                Math.Max(structure.Versions.High, versions.High));
            return;
        }

        structure.Versions = versions;
        if (structure != _message.Body)
        {
            _message.Structs.Add(structure);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in structure.Fields)
        {
            if (!names.Add(field.Name))
            {
                Fail(field.Line, $"field {field.Name} is declared twice");
            }

            Bind(structure, field);
        }

        CheckTags(structure);
    }

    private void Bind(StructSchema owner, FieldSchema field)
    {
        if (field.Name == owner.Name || (owner == _message.Body && _structs.ContainsKey(field.Name)))
        {
            Fail(field.Line, $"{field.Name} is also the name of a struct; rename the struct, it is not on the wire");
        }

        if (Primitives.TryGetValue(field.TypeName, out var kind))
        {
            field.Kind = kind;
            if (field.Struct is not null)
            {
                Fail(field.Line, $"{field.TypeName} has no fields of its own");
            }
        }
        else if (_structs.TryGetValue(field.TypeName, out var structure))
        {
            field.Kind = FieldKind.Struct;
            field.Struct = structure;
            structure.NeedsMinimumSize |= field.IsArray || field.Tag is null;
            Bind(structure, field.Versions);
        }
        else
        {
            Fail(field.Line, $"type {field.TypeName} is not known");
            return;
        }

        CheckNullability(field);
        CheckDefault(field);
        CheckTag(field);
    }

    private void CheckNullability(FieldSchema field)
    {
        var canBeNull = field.IsArray || field.Kind is FieldKind.String or FieldKind.Bytes or FieldKind.Records or FieldKind.Struct;
        if (!field.Nullable.IsEmpty && !canBeNull)
        {
            Fail(field.Line, $"{field.TypeName} cannot be null");
        }

        if (field.Kind == FieldKind.Records && (field.IsArray || field.Nullable.Low != field.Versions.Low))
        {
            Fail(field.Line, "records are nullable and not in arrays");
        }
    }

    private void CheckDefault(FieldSchema field)
    {
        if (field.Default is not { } text)
        {
            return;
        }

        var valid = text == "null" ? !field.Nullable.IsEmpty : !field.IsArray && IsValue(field.Kind, text);
        if (!valid)
        {
            Fail(field.Line, $"'{text}' is not a default for {field.TypeName}");
        }
    }

    private static bool IsValue(FieldKind kind, string text) =>
        kind switch
        {
            FieldKind.Bool => text is "true" or "false",
            FieldKind.Int8 => sbyte.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldKind.Int16 => short.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldKind.Int32 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldKind.Int64 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            _ => false,
        };

    private void CheckTag(FieldSchema field)
    {
        if (field.Tag is not null && !_message.Flexible.Covers(field.Versions))
        {
            Fail(field.Line, $"a tagged field is possible in flexible versions only ({_message.Flexible})");
        }

        if (field.Tag is not null && field.Versions.High != _message.Versions.High)
        {
            Fail(field.Line, "a tagged field stays to the last version");
        }
    }

    private void CheckTags(StructSchema structure)
    {
        var expected = 0;
        foreach (var field in structure.Fields.Where(field => field.Tag is not null).OrderBy(field => field.Tag))
        {
            if (field.Tag != expected++)
            {
                Fail(field.Line, "tags count from 0 without gaps");
            }
        }
    }

    private void Fail(int line, string message) => _errors.Add(new(line, message));
}

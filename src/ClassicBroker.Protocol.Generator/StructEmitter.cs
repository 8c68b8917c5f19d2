namespace ClassicBroker.Protocol.Generator;

/// <summary>What the emitters of one structure share: its context and the C# words for its fields.</summary>
internal sealed class StructEmitter(MessageSchema message, StructSchema structure)
{
    public MessageSchema Message { get; } = message;

    public StructSchema Structure { get; } = structure;

    public VersionRange Versions => Structure.Versions;

    public IEnumerable<FieldSchema> Untagged => Structure.Fields.Where(candidate => candidate.Tag is null);

    public IEnumerable<FieldSchema> Tagged =>
        Structure.Fields.Where(candidate => candidate.Tag is not null).OrderBy(candidate => candidate.Tag);

    /// <summary>True where some versions of this structure are flexible and some are not.</summary>
    public bool IsMixed => !Message.Flexible.Intersect(Versions).IsEmpty && !Message.Flexible.Covers(Versions);

    public bool HasFlexibleVersions => !Message.Flexible.Intersect(Versions).IsEmpty;

    /// <summary>The condition for being flexible: null for always, and never asked where there is no flexible version.</summary>
    public string? FlexibleCondition => IsMixed ? "flexible" : null;

    /// <summary>The argument that tells the runtime whether lengths are compact.</summary>
    public string FlexibleArgument(FieldSchema field) =>
        field.Inflexible || !HasFlexibleVersions ? "flexible: false" : IsMixed ? "flexible" : "flexible: true";

    /// <summary>Declares the local that <see cref="FlexibleArgument"/> and <see cref="FlexibleCondition"/> name.</summary>
    public void DeclareFlexible(CodeWriter code)
    {
        if (IsMixed)
        {
            code.Line($"var flexible = {Message.Flexible.Condition(Versions)};");
        }
    }

    /// <summary>Emits every untagged field, under the condition it is present.</summary>
    public void EmitUntagged(CodeWriter code, Action<FieldSchema> emit)
    {
        foreach (var (condition, fields) in Runs())
        {
            code.OpenIf(condition);
            fields.ForEach(emit);
            code.CloseIf(condition);
        }
    }

    /// <summary>Emits the section of tagged fields that ends a flexible structure.</summary>
    /// <param name="none">The line for a structure that knows no tags.</param>
    /// <param name="some">Emits the section of one that does.</param>
    public void EmitTags(CodeWriter code, string none, Action some)
    {
        if (!HasFlexibleVersions)
        {
            return;
        }

        code.OpenIf(FlexibleCondition);
        if (Tagged.Any())
        {
            some();
        }
        else
        {
            code.Line(none);
        }

        code.CloseIf(FlexibleCondition);
    }

    /// <summary>A struct's name as an expression, where a property could hide the bare one.</summary>
    public string Qualified(StructSchema other) => $"{Message.Name}.{other.Name}";

    /// <summary>Neighbouring fields that are present under the same condition.</summary>
    public IEnumerable<(string? Condition, List<FieldSchema> Fields)> Runs()
    {
        List<FieldSchema> run = [];
        string? condition = null;
        foreach (var field in Untagged)
        {
            var own = field.Versions.Condition(Versions);
            if (run.Count > 0 && own != condition)
            {
                yield return (condition, run);
                run = [];
            }

            condition = own;
            run.Add(field);
        }

        if (run.Count > 0)
        {
            yield return (condition, run);
        }
    }

    /// <summary>
    /// The versions of a field in which it is present but cannot be null, though its property can; as a condition, or null.
    /// </summary>
    public string? NullForbidden(FieldSchema field)
    {
        if (field.Nullable.IsEmpty || field.Kind == FieldKind.Records || field.Nullable.Covers(field.Versions))
        {
            return null;
        }

        var context = field.Versions.Intersect(Versions);
        return string.Join(" && ", new[] { field.Versions.Condition(Versions), field.Nullable.ConditionOutside(context) }
            .Where(condition => condition is not null));
    }

    /// <summary>The nullability of a field in a given version: <c>true</c>, <c>false</c> or a condition.</summary>
    public string NullableArgument(FieldSchema field)
    {
        if (field.Nullable.IsEmpty)
        {
            return "false";
        }

        return field.Nullable.Condition(field.Versions.Intersect(Versions)) ?? "true";
    }
}

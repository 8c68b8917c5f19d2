namespace ClassicBroker.Protocol.Generator;

/// <summary>
/// Emits how the errors of a response are counted: each untagged field of type <c>error</c>, those of the elements of lists as well.
/// </summary>
internal sealed class ErrorCountEmitter(CodeWriter code)
{
    private int _lists;

    public static void Emit(CodeWriter code, MessageSchema response)
    {
        code.Line("/// <inheritdoc/>");
        code.Open("public void CountErrors(ErrorCounts counts)");
        new ErrorCountEmitter(code).Count("this", response.Body);
        code.Close();
        code.Blank();
    }

    private void Count(string from, StructSchema structure)
    {
        foreach (var field in structure.Fields.Where(field => field.Tag is null))
        {
            var value = $"{from}.{field.Name}";
            if (field is { Kind: FieldKind.Error, IsArray: false })
            {
                code.Line($"counts.Add({value});");
            }
            else if (field is { IsArray: true, Struct: { } element } && HasErrors(element))
            {
                var item = $"item{++_lists}";
                code.Open($"foreach (var {item} in {value}{(field.Nullable.IsEmpty ? "" : " ?? []")})");
                Count(item, element);
                code.Close();
            }
        }
    }

    private static bool HasErrors(StructSchema structure) =>
        structure.Fields.Where(field => field.Tag is null).Any(
            field => field is { Kind: FieldKind.Error, IsArray: false }
                || (field is { IsArray: true, Struct: { } element } && HasErrors(element)));
}

namespace ClassicBroker.Protocol.Generator;

/// <summary>Finds <c>from</c> marks of a response that lead to nothing in its request.</summary>
internal static class ErrorSourceCheck
{
    public static IEnumerable<SchemaError> Faults(MessageSchema request, MessageSchema response) =>
        Faults(response.Body, request.Body);

    private static IEnumerable<SchemaError> Faults(StructSchema target, StructSchema? source)
    {
        foreach (var field in target.Fields)
        {
            foreach (var origin in field.ErrorSources.Where(origin => origin.Path != ErrorSource.Item))
            {
                if (source is null || !TryFollow(source, origin.Path, field.IsArray, out var element))
                {
                    yield return new(field.Line, $"'from {origin.Path}' names nothing in what the request asks for");
                }
                else if (field is { IsArray: true, Struct: { } structure })
                {
                    foreach (var fault in Faults(structure, element))
                    {
                        yield return fault;
                    }
                }
            }
        }
    }

    /// <param name="source">Where the path begins.</param>
    /// <param name="path">Names joined by dots.</param>
    /// <param name="wantsArrays">Whether every step must be an array.</param>
    /// <param name="element">The structure it leads to; null where that is no structure.</param>
    private static bool TryFollow(StructSchema source, string path, bool wantsArrays, out StructSchema? element)
    {
        element = source;
        foreach (var name in path.Split('.'))
        {
            if (element?.Fields.FirstOrDefault(candidate => candidate.Name == name) is not { } step || step.IsArray != wantsArrays)
            {
                return false;
            }

            element = step.Struct;
        }

        return true;
    }
}

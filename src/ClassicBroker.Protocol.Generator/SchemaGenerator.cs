using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace ClassicBroker.Protocol.Generator;

/// <summary>Turns every <c>.schema</c> file of a project into message classes, and all of them together into the catalog of APIs.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class SchemaGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor Malformed = new(
        "CBP001", "Schema error", "{0}", "Schema", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var schemas = context.AdditionalTextsProvider
            .Where(file => file.Path.EndsWith(".schema", StringComparison.Ordinal))
            .Select((file, cancellation) => (file.Path, Text: file.GetText(cancellation)?.ToString() ?? ""))
            .Select((file, _) => CompiledSchema.Compile(file.Path, file.Text));
        context.RegisterSourceOutput(schemas, EmitMessages);
        context.RegisterSourceOutput(schemas.Collect(), EmitCatalog);
    }

    private static void EmitMessages(SourceProductionContext context, CompiledSchema schema)
    {
        foreach (var error in schema.File.Errors)
        {
            Report(context, schema.Path, error);
        }

        foreach (var (name, code) in schema.Sources)
        {
            context.AddSource($"{name}.g.cs", SourceText.From(code, Encoding.UTF8));
        }
    }

    private static void EmitCatalog(SourceProductionContext context, ImmutableArray<CompiledSchema> schemas)
    {
        var keys = new Dictionary<int, string>();
        foreach (var schema in schemas)
        {
            foreach (var api in schema.File.Apis)
            {
                if (keys.TryGetValue(api.Key, out var taken))
                {
                    Report(context, schema.Path, new(0, $"key {api.Key} of {api.Name} is taken by {taken}"));
                    return;
                }

                keys.Add(api.Key, api.Name);
            }
        }

        var apis = schemas.Where(schema => schema.File.Errors.Count == 0).SelectMany(schema => schema.File.Apis);
        context.AddSource("ApiCatalog.g.cs", SourceText.From(CatalogEmitter.Emit(apis), Encoding.UTF8));
    }

    private static void Report(SourceProductionContext context, string path, SchemaError error)
    {
        var position = new LinePosition(error.Line, 0);
        var location = Location.Create(path, default, new LinePositionSpan(position, position));
        context.ReportDiagnostic(Diagnostic.Create(Malformed, location, error.Message));
    }
}

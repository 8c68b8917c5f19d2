using System.Collections.Immutable;
using ClassicBroker.Protocol.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace ClassicBroker.Protocol.Tests;

public sealed class SchemaGeneratorTests
{
    private const string Example = "api Example\n    key       7\n    versions  0-1\n\nrequest\n    A  int32\n\nresponse\n    B  string  1+\n";

    [Fact]
    public void A_schema_becomes_its_messages_and_a_row_of_the_catalog()
    {
        var result = Run(("Example.schema", Example));
        Assert.Empty(result.Diagnostics);
        Assert.Equal(["ApiCatalog.g.cs", "Example.g.cs"], result.GeneratedTrees.Select(tree => Path.GetFileName(tree.FilePath)).Order());
        var catalog = result.GeneratedTrees.Single(tree => tree.FilePath.EndsWith("ApiCatalog.g.cs", StringComparison.Ordinal)).ToString();
        Assert.Contains("Example = 7,", catalog, StringComparison.Ordinal);
    }

    [Fact]
    public void Generated_code_reads_as_the_golden_file()
    {
        var golden = Path.Combine(AppContext.BaseDirectory, "Golden", "Generated");
        var code = Run(("Example.schema", File.ReadAllText(Path.Combine(golden, "Example.schema")))).GeneratedTrees
            .Single(tree => tree.FilePath.EndsWith("Example.g.cs", StringComparison.Ordinal)).ToString();
        Assert.Equal(File.ReadAllText(Path.Combine(golden, "Example.g.txt")), code);
    }

    [Fact]
    public void A_mistake_is_an_error_at_its_file_and_line()
    {
        var diagnostic = Assert.Single(Run(("Bad.schema", Example.Replace("int32", "int33", StringComparison.Ordinal))).Diagnostics);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        var place = diagnostic.Location.GetLineSpan();
        Assert.Equal(("Bad.schema", 5), (place.Path, place.StartLinePosition.Line));
    }

    [Fact]
    public void Two_apis_under_one_key_are_an_error()
    {
        var result = Run(("A.schema", Example), ("B.schema", Example.Replace("Example", "Other", StringComparison.Ordinal)));
        Assert.Contains("key 7 of Other is taken by Example", Assert.Single(result.Diagnostics).GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unchanged_schema_is_not_compiled_again()
    {
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new SchemaGenerator().AsSourceGenerator()],
            [new SchemaText("A.schema", Example)],
            driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        var compilation = CSharpCompilation.Create("test");
        driver = driver.RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class C;")));
        var outputs = driver.GetRunResult().Results[0].TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs);
        Assert.All(outputs, output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    private static GeneratorDriverRunResult Run(params (string Path, string Text)[] schemas)
    {
        ImmutableArray<AdditionalText> texts = [.. schemas.Select(schema => new SchemaText(schema.Path, schema.Text))];
        return CSharpGeneratorDriver.Create([new SchemaGenerator().AsSourceGenerator()], texts)
            .RunGenerators(CSharpCompilation.Create("test"))
            .GetRunResult();
    }

    private sealed class SchemaText(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}

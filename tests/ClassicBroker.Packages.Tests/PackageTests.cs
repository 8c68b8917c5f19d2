using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Packages.Tests;

/// <summary>What is in the packages.</summary>
[Collection(SamplesCollection.Name)]
public sealed class PackageTests(PackedSamples samples)
{
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    [Fact]
    public void Every_package_says_what_it_is_by_whom_under_which_licence_and_has_documents_and_symbols()
    {
        Assert.NotNull(samples);
        var packages = Directory.GetFiles(PackedSamples.Feed, "*.nupkg");
        Assert.Equal(
            ["Client", "Client.Classic", "Client.Extensions", "TestHost"],
            packages.Select(path => Path.GetFileName(path)!.Replace("ClassicBroker.", "", StringComparison.Ordinal).Replace(".0.1.0.nupkg", "", StringComparison.Ordinal))
                .Where(name => name is "Client" or "Client.Classic" or "Client.Extensions" or "TestHost").Order(StringComparer.Ordinal));
        Assert.All(packages, package =>
        {
            using var content = ZipFile.OpenRead(package);
            var nuspec = XDocument.Load(content.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
            var metadata = nuspec.Root!.Elements().Single().Elements().ToDictionary(element => element.Name.LocalName);
            Assert.Equal("ClassicBroker contributors", metadata["authors"].Value);
            Assert.Equal("Apache-2.0", metadata["license"].Value);
            Assert.Equal("README.md", metadata["readme"].Value);
            Assert.Equal("git", metadata["repository"].Attribute("type")!.Value);
            Assert.NotEqual("Package Description", metadata["description"].Value);
            Assert.NotNull(content.GetEntry("README.md"));
            Assert.Contains(content.Entries, entry => entry.FullName.StartsWith("lib/net10.0/", StringComparison.Ordinal) && entry.Name.EndsWith(".xml", StringComparison.Ordinal));
            Assert.All(
                metadata["dependencies"].Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value)
                    .Where(id => id.StartsWith("ClassicBroker.", StringComparison.Ordinal)),
                id => Assert.True(File.Exists(Path.Combine(PackedSamples.Feed, $"{id}.0.1.0.nupkg")), $"{package} needs {id}"));
            using var symbols = ZipFile.OpenRead(Path.ChangeExtension(package, ".snupkg"));
            Assert.Contains(symbols.Entries, entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal));
        });
    }

    /// <summary>Of one small project, built as scripts/pack.sh builds all of them: where the sources are is compiled into symbols.</summary>
    [Fact]
    public async Task Symbols_lead_debuggers_to_the_sources_of_the_commit()
    {
        using var scratch = new ScratchDirectory();
        var built = await ChildProcess.RunAsync(
            "dotnet",
            [
                "build", Path.Combine(RepositoryLayout.Root, "src", "ClassicBroker.Primitives"), "-c", "Release", "-v", "quiet", "-p:RunAnalyzers=false",
                $"-p:ArtifactsPath={scratch.Path}", "-p:SourcesUrl=https://sources.invalid/commit",
            ],
            limit: TimeSpan.FromMinutes(5));
        built.RequireSuccess();
        using var provider = MetadataReaderProvider.FromPortablePdbStream(
            File.OpenRead(Path.Combine(scratch.Path, "bin", "ClassicBroker.Primitives", "release", "ClassicBroker.Primitives.pdb")));
        var reader = provider.GetMetadataReader();
        var link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Single(information => reader.GetGuid(information.Kind) == SourceLink);
        Assert.Contains(
            $"\"{RepositoryLayout.Root}/*\":\"https://sources.invalid/commit/*\"",
            Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value)),
            StringComparison.Ordinal);
    }
}

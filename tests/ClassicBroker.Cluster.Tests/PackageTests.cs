using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>The packages that <c>scripts/package.sh</c> makes of what is built, used as someone who installs them would.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string Packages = Path.Join(RepositoryLayout.Root, "artifacts", "packages");

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Packages_can_be_made_run_from_anywhere_and_through_links_and_are_the_same_each_time()
    {
        (await ChildProcess.RunAsync(RepositoryLayout.Script("package.sh"), ["--no-build"], limit: TimeSpan.FromMinutes(5))).RequireSuccess();
        var sums = await File.ReadAllTextAsync(Path.Join(Packages, "SHA256SUMS"), TestContext.Current.CancellationToken);
        (await ChildProcess.RunAsync(RepositoryLayout.Script("package.sh"), ["--no-build"], limit: TimeSpan.FromMinutes(5))).RequireSuccess();
        Assert.Equal(sums, await File.ReadAllTextAsync(Path.Join(Packages, "SHA256SUMS"), TestContext.Current.CancellationToken));

        await RunFromTarAsync();
        await LookIntoDebAsync();
        LookIntoImage();
    }

    private async Task RunFromTarAsync()
    {
        var archive = Assert.Single(Directory.GetFiles(Packages, "*.tar.gz"));
        var target = _scratch.File("installed");
        Directory.CreateDirectory(target);
        await using (var content = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(content, target, overwriteFiles: false, TestContext.Current.CancellationToken);
        }

        var root = Assert.Single(Directory.GetDirectories(target));
        Assert.False(Directory.Exists(Path.Join(root, "src")));
        var link = _scratch.File("kafka-topics");
        File.CreateSymbolicLink(link, Path.Join(root, "bin", "kafka-topics.sh"));
        var outcome = await ChildProcess.RunAsync(link, ["--version"]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("3.9.2", outcome.Text);
        outcome = await ChildProcess.RunAsync(Path.Join(root, "dist", "bin", "kafka-server"), ["--version"]);
        Assert.StartsWith("3.9.2 (ClassicBroker ", outcome.RequireSuccess().Text);
    }

    private static async Task LookIntoDebAsync()
    {
        var package = Assert.Single(Directory.GetFiles(Packages, "*.deb"));
        var content = (await ChildProcess.RunAsync("/usr/bin/dpkg-deb", ["--contents", package])).RequireSuccess().Text;
        Assert.Contains("./opt/classicbroker/dist/bin/kafka-server\n", content);
        Assert.Contains("./usr/lib/systemd/system/kafka.service\n", content);
        Assert.Contains("./etc/kafka/server.properties\n", content);
        Assert.All(content.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(" root/root ", line));
    }

    /// <summary>An image there is of the native form only. Each blob is what its name says, and the index leads to all of them.</summary>
    private static void LookIntoImage()
    {
        if (Directory.GetFiles(Packages, "*-oci.tar") is not [var image])
        {
            Assert.True(File.Exists(Path.Join(RepositoryLayout.Root, "dist", "bin", "kafka-server.dll")));
            return;
        }

        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var reader = new TarReader(File.OpenRead(image));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using var bytes = new MemoryStream();
                data.CopyTo(bytes);
                files[entry.Name.TrimStart('.', '/')] = bytes.ToArray();
            }
        }

        Assert.All(
            files.Where(file => file.Key.StartsWith("blobs/sha256/", StringComparison.Ordinal)),
            blob => Assert.Equal(Path.GetFileName(blob.Key), Convert.ToHexStringLower(SHA256.HashData(blob.Value))));
        using var index = JsonDocument.Parse(files["index.json"]);
        using var manifest = JsonDocument.Parse(Blob(index.RootElement.GetProperty("manifests")[0]));
        using var config = JsonDocument.Parse(Blob(manifest.RootElement.GetProperty("config")));
        Assert.Equal("65532:65532", config.RootElement.GetProperty("config").GetProperty("User").GetString());
        using var layer = new MemoryStream();
        using (var unpacked = new GZipStream(new MemoryStream(Blob(manifest.RootElement.GetProperty("layers")[0])), CompressionMode.Decompress))
        {
            unpacked.CopyTo(layer);
        }

        Assert.Equal(
            config.RootElement.GetProperty("rootfs").GetProperty("diff_ids")[0].GetString(),
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData(layer.ToArray())));

        byte[] Blob(JsonElement descriptor)
        {
            var blob = files["blobs/sha256/" + descriptor.GetProperty("digest").GetString()!["sha256:".Length..]];
            Assert.Equal(descriptor.GetProperty("size").GetInt64(), blob.Length);
            return blob;
        }
    }
}

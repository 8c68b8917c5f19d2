namespace ClassicBroker.Platform.Tests;

public sealed class AppendOnlyFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("append-").FullName;

    private string Path => System.IO.Path.Join(_directory, "log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Two_openers_append_behind_each_other()
    {
        using var one = AppendOnlyFile.Open(Path);
        using var other = AppendOnlyFile.Open(Path);
        one.Append("a"u8);
        other.Append("bb"u8);
        one.Append("c"u8);
        Assert.Equal("abbc", File.ReadAllText(Path));
        Assert.Equal((4, 4), (one.Length, other.Length));
    }

    [Fact]
    public void A_file_knows_that_it_has_been_renamed_or_deleted()
    {
        using var renamed = AppendOnlyFile.Open(Path);
        Assert.False(renamed.IsMoved);
        File.Move(Path, Path + ".1");
        Assert.True(renamed.IsMoved);
        using var deleted = AppendOnlyFile.Open(Path);
        File.Delete(Path);
        Assert.True(deleted.IsMoved);
    }

    [Fact]
    public void What_cannot_be_opened_says_why()
    {
        Directory.CreateDirectory(Path);
        Assert.Equal($"{Path}: Is a directory (EISDIR)", Assert.Throws<IOException>(() => AppendOnlyFile.Open(Path)).Message);
    }
}

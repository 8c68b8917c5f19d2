using System.Runtime.InteropServices;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Lab;

/// <summary>
/// A disk of its own for one broker: ext4 in a file, over a loop device. Its power can be cut, after which it holds what was synced and no
/// more than that is sure; and it can be full. One test owns it.
/// </summary>
public sealed class LoopDisk : IAsyncDisposable
{
    private const int OpenDirectory = 0x10000;

    /// <summary>FS_IOC_SHUTDOWN: the file system takes nothing more, and writes nothing more of what it has.</summary>
    private const ulong Shutdown = 0x8004587D;
    private const uint NoLogFlush = 2;

    private static readonly TimeSpan DetachTime = TimeSpan.FromSeconds(2);

    private string _image;
    private bool _isMounted;
    private int _restored;

    private LoopDisk(string image, string path) => (_image, Path) = (image, path);

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    /// <summary>Makes an empty disk; skips the test, with what to do, where the machine has no loop devices for it.</summary>
    public static async Task<LoopDisk> CreateAsync(string path, int megabytes)
    {
        var disk = new LoopDisk($"{path}.img", path);
        Directory.CreateDirectory(path);
        await using (var file = new FileStream(disk._image, FileMode.CreateNew))
        {
            file.SetLength(megabytes * 1024L * 1024);
        }

        (await ChildProcess.RunAsync("mkfs.ext4", ["-q", disk._image])).RequireSuccess();
        var mounted = await disk.TryMountAsync();
        Assert.SkipWhen(
            mounted.ExitCode != 0,
            "This test cuts the power of disks, which takes loop devices and mounts: root, or CAP_SYS_ADMIN and /dev/loop-control. "
            + $"The machine says: {mounted.StandardError.Trim()}");

        // Not the directory of a partition, as all in a log directory must be.
        Directory.Delete(System.IO.Path.Combine(path, "lost+found"));
        return disk;
    }

    /// <summary>What is not on the disk now is lost. Processes that use it are told errors from now on.</summary>
    public void CutPower()
    {
        var directory = open(Path, OpenDirectory);
        var flags = NoLogFlush;
        var outcome = ioctl(directory, Shutdown, ref flags);
        var errno = Marshal.GetLastPInvokeError();
        _ = close(directory);
        Assert.True(outcome == 0, $"The file system in {Path} cannot be shut down: errno {errno}");
    }

    /// <summary>
    /// The power is back: what the disk holds is there to be read, from a copy of its image. The old one may still be mounted elsewhere,
    /// where another test has made a namespace of mounts meanwhile, and mounting it again would bring back the file system that was shut
    /// down.
    /// </summary>
    public async Task RestorePowerAsync()
    {
        await UnmountAsync();
        await UntilDetachedAsync();
        var copy = $"{Path}.{++_restored}.img";
        File.Copy(_image, copy);
        File.Delete(_image);
        _image = copy;
        (await TryMountAsync()).RequireSuccess();
    }

    /// <summary>Fills the disk to its last block.</summary>
    public async Task FillAsync()
    {
        await using var ballast = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var chunk = new byte[1024 * 1024]; chunk.Length >= 512;)
        {
            try
            {
                await ballast.WriteAsync(chunk);
            }
            catch (IOException)
            {
                chunk = new byte[chunk.Length / 2];
            }
        }
    }

    /// <summary>Gives back what <see cref="FillAsync"/> took.</summary>
    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
        {
            await UnmountAsync();
        }
    }

    private async Task<CommandOutcome> TryMountAsync()
    {
        var outcome = await ChildProcess.RunAsync("mount", ["-o", "loop", _image, Path]);
        _isMounted = outcome.ExitCode == 0;
        return outcome;
    }

    /// <summary>The loop device goes a moment after the mount, unless another mount keeps it.</summary>
    private async Task UntilDetachedAsync()
    {
        for (var end = DateTime.UtcNow + DetachTime; DateTime.UtcNow < end;)
        {
            if ((await ChildProcess.RunAsync("losetup", ["-j", _image])).RequireSuccess().Text.Trim().Length == 0)
            {
                return;
            }
        }
    }

    private async Task UnmountAsync()
    {
        (await ChildProcess.RunAsync("umount", [Path])).RequireSuccess();
        _isMounted = false;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int ioctl(int descriptor, ulong request, ref uint argument);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int descriptor);
}

# SPDX-License-Identifier: Apache-2.0
"""Programs of others, out of Debian's packages: downloaded once, unpacked below build/real, never
installed, so that no daemon starts by itself and nothing of this machine changes.

A package that cannot be had, or does not run here, skips its tests with the reason.
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, skip

FOLDER = os.path.join(ROOT, 'build/real')
DOWNLOAD_SECONDS = 120


def unpacked(package):
    """The folder that the package's files are below."""
    folder = os.path.join(FOLDER, package)
    if os.path.isdir(folder):
        return folder
    os.makedirs(FOLDER, exist_ok=True)
    work = tempfile.mkdtemp(dir=FOLDER)
    try:
        _run(package, ['apt-get', '-q', '-o', 'APT::Sandbox::User=', 'download', package], work)
        file = next(name for name in os.listdir(work) if name.endswith('.deb'))
        _run(package, ['dpkg', '-x', file, 'files'], work)
        os.rename(os.path.join(work, 'files'), folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _run(package, argv, folder):
    try:
        done = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DOWNLOAD_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        skip(f'{package} cannot be had: {error}')
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().splitlines() or ['no reason given']
        skip(f'{package} cannot be had: {told[0]}')


def runs(argv, package):
    """Skips the test when the program does not even say its version here."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        skip(f'{package} does not run here: {error}')
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().splitlines() or [f'code {done.returncode}']
        skip(f'{package} does not run here: {told[-1]}')
